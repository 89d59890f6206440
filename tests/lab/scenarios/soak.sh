# A daemon that works for long: cycles of a domain that starts, is tagged anew twice and stops, a host class that comes and goes
# beside it, and processes that are born and die all the while. Its memory, descriptors and ledger stay what they were, and
# so does the host. LAB_ENV='cycles=200' makes it long.
source ./acdr.sh
quiet_host
cycles=${cycles:-6}

churn() { while [[ ! -e $scratch/end ]]; do (:); nice true | cat; done; }
churn &
sizes() { # resident KiB, descriptors, threads, bytes of the ledger
  local pid
  pid=$(systemctl show --property MainPID --value acdrd.service)
  echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)" \
    "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l) $(stat -c %s /run/acdr/ledger* | awk '{ n += $1 } END { print n + 0 }')"
}
cycle() {
  guest start web
  wait_for "$1: conditioned" confined web
  acdrctl apply quiet-host host
  acdrctl tag web cleaner-cores --param cores=2-3
  moved() { confined web && [[ $(claim web cores) == 2-3 ]]; }
  wait_for "$1: tagged anew" moved
  acdrctl tag web vnf
  back() { is_active web && [[ $(claim web class) == vnf ]]; }
  wait_for "$1: and back" back
  acdrctl release host
  guest stop web
  wait_for "$1: given back" no_claims
}

guest define web --vcpus 2 --queues 2 --class vnf
for ((number = 1; number <= cycles; ++number)); do
  cycle "$number of $cycles"
  sizes | tee -a "$scratch/sizes"
done
touch "$scratch/end"
wait
warm=$((cycles / 4 > 3 ? cycles / 4 : 3)) # the flight recorder is full after a dozen
same_sizes() { # between the cycle with which it is warm and the last
  awk -v warm="$warm" '
    NR == warm { split($0, first) }
    END {
      printf "resident %d -> %d KiB, descriptors %d -> %d, threads %d -> %d, ledger %d -> %d bytes\n", first[1], $1, first[2], $2, first[3], $3, first[4], $4
      exit !($1 <= first[1] * 1.05 && $2 <= first[2] && $3 <= first[3] && $4 <= first[4] * 1.5)
    }' "$scratch/sizes"
}
check "memory, descriptors, threads and ledger are flat after $cycles cycles" same_sizes
same_sizes
host_becomes "$scratch/before"

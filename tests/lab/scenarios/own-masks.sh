# A process that has bound itself: kept off cleared cores, and afterwards as it was. Where the kernel keeps what it asked for
# (Linux 6.2), acdr never touches its mask, and a child born meanwhile has what it would have had without acdr.
source ./acdr.sh
quiet_host
keeps_masks() { printf '%s\n' 6.2 "$(uname -r)" | sort --version-sort --check=quiet; }
mask_is() { # PID LIST
  local mask
  mask=$(taskset -pc "$1")
  echo "$mask"
  [[ ${mask##*: } == "$2" ]]
}

cat >"$scratch/bound.sh" <<'SCRIPT'
# Tells its pid in FILE.parent, and that of a child, when asked by SIGUSR1, in FILE.child.
taskset -pc 2-6 $$ >/dev/null
trap 'sleep infinity & echo $! >"$1.child"' USR1
sleep infinity &
echo $$ >"$1.parent"
while :; do wait; done
SCRIPT
systemd-run --quiet --unit=bound bash "$scratch/bound.sh" "$scratch/bound"
wait_for 'a process has bound itself' test -s "$scratch/bound.parent"
parent=$(<"$scratch/bound.parent")
check 'to CPUs 2 to 6' mask_is "$parent" 2-6

check 'cores 5 and 6 are cleared' acdrctl apply cleaner-cores host --param cores=5-6
check 'it is kept off them' mask_is "$parent" 2-4
kill -USR1 "$parent"
wait_for 'it has another child' test -s "$scratch/bound.child"
child=$(<"$scratch/bound.child")
check 'that is kept off them as well' mask_is "$child" 2-4
check 'acdrctl verify holds' acdrctl verify
acdrctl log >"$scratch/log"
if keeps_masks; then
  check 'acdr has not touched its mask' bash -c "! grep thread:$parent@ '$scratch/log'"
fi

check 'the cores are given back' acdrctl release host
check 'it has all that it asked for' mask_is "$parent" 2-6
if keeps_masks; then check 'and so has its child' mask_is "$child" 2-6; fi

guest define web --vcpus 2 --busy --class vnf --param cores=5-6
guest start web
wait_for 'a domain is conditioned' confined web
check 'the process is kept off its cores as well' mask_is "$parent" 2-4
if keeps_masks; then check 'and its child' mask_is "$child" 2-4; fi
guest stop web
wait_for 'no claim is left' no_claims
check 'it has all that it asked for once more' mask_is "$parent" 2-6
if keeps_masks; then check 'and its child once more' mask_is "$child" 2-6; fi
systemctl stop bound.service
host_becomes "$scratch/before"

# What still runs on two cores under load: nothing done, vCPUs pinned as libvirt does it, TuneD, acdr; with no guest on them and
# with one that never sleeps. Counted from tracepoints. No figure is judged here. LAB_ENV='seconds=30'.
source ./acdr.sh
seconds=${seconds:-30} cores=6-7
quiet_host

load() { # a busy host: tasks, timers, processes by the dozen, traffic through the bridge, a NIC and a disk with interrupts
  systemd-run --quiet --unit=load-stress stress-ng --cpu 2 --cpu-load 50 --fork 1 --switch 1 --timer 1 --timer-freq 1000 --mmap 1 --mmap-bytes 8M --timeout 0
  systemd-run --quiet --unit=load-churn bash -c 'while :; do (:); nice true | cat; done'
  # from a fixed CPU, or the interrupts of a kernel-managed queue were where the writer happens to run
  systemd-run --quiet --unit=load-disk bash -c 'while :; do dd if=/dev/zero of=/var/tmp/load bs=4k count=50 oflag=direct conv=notrunc; sleep 0.2; done'
  local n
  for n in 1 2; do
    ip netns add "far$n"
    ip link add "veth$n" type veth peer name eth0 netns "far$n"
    ip link set "veth$n" master br0 up
    ip -n "far$n" addr add "10.9.9.$n/24" dev eth0
    ip -n "far$n" link set eth0 up
  done
  ip link set br0 up
  systemd-run --quiet --unit=load-server ip netns exec far1 iperf3 -s
  systemd-run --quiet --unit=load-client --property=Restart=always --property=RestartSec=1 --property=StartLimitIntervalSec=0 \
    ip netns exec far2 iperf3 -c 10.9.9.1 -t 10000 -b 50M
  ip link set uplink0 up
  ip addr add 10.0.2.77/24 dev uplink0 2>/dev/null || true
  systemd-run --quiet --unit=load-nic bash -c 'while :; do arping -q -c 100 -w 2 -I uplink0 10.0.2.2 || ping -q -f -c 200 -w 2 -I uplink0 10.0.2.2; done'
  for n in stress churn disk server client nic; do wait_for "load-$n runs" systemctl --quiet is-active "load-$n.service"; done
}
count() { # SITUATION [GUEST]
  sleep 5
  python3 ./count.py "$1" "$cores" "$seconds" "$scratch/counts" ${2:+"$2"}
}
pins='<vcpupin vcpu="0" cpuset="6"/><vcpupin vcpu="1" cpuset="7"/>'
with_guest() { # SITUATION OPTION...: on a guest of its own
  local situation=$1
  shift
  guest define web --vcpus 2 --queues 2 --busy "$@"
  guest start web
  if [[ "$*" == *--class* ]]; then wait_for 'the domain is conditioned' is_active web; fi
  count "$situation" web
  guest remove web
  if [[ "$*" == *--class* ]]; then wait_for 'its claim is gone' no_claims; fi
}

cat >/etc/acdr/classes.d/cleared.yaml <<'YAML'
api: acdr/v1
class: cleared
summary: Cores without other tasks and without interrupts
include:
  - cleaner-cores: {cores: "${cores}"}
  - irq-ban
parameters:
  cores: {type: cpus, choices: [auto], default: auto, help: "CPUs to clear"}
YAML
check 'acdr has the class cleared' acdrctl reload
mv perf.*.so /usr/lib/python3/dist-packages/
check "TuneD's scheduler plugin will load" python3 -c 'import perf'
load
count 'no guest: nothing done'
check 'acdr clears the cores' acdrctl apply cleaner-cores host --param cores=$cores
count 'no guest: acdr, cleaner-cores'
acdrctl release host
check 'acdr clears the cores of interrupts, too' acdrctl apply cleared host --param cores=$cores
count 'no guest: acdr, cleaner-cores and irq-ban'
acdrctl release host
with_guest 'guest: nothing done'
with_guest 'guest: vCPUs pinned' --cputune "$pins"
with_guest 'guest: acdr, cleaner-cores, vCPUs pinned' --cputune "$pins" --class cleaner-cores --param cores=$cores
with_guest 'guest: acdr, vnf' --class vnf --param cores=$cores

# Last, for it does not give all of it back.
echo "isolated_cores=$cores" >/etc/tuned/cpu-partitioning-variables.conf
systemctl start tuned.service
check 'TuneD takes its profile cpu-partitioning' timeout 600 tuned-adm profile cpu-partitioning
count 'no guest: TuneD cpu-partitioning'
with_guest 'guest: TuneD cpu-partitioning, vCPUs pinned' --cputune "$pins"
tuned-adm off
systemctl stop 'load-*'
python3 ./noise-table.py "$scratch/counts"
check 'all was counted' test "$(wc -l <"$scratch/counts")" == 9

# One domain with every conditioning at once, beside one with none; then conflicts and wrong input about them.
source ./acdr.sh
mkdir -p /dev/hugepages1G
systemctl restart libvirtd.service
quiet_host

cat >/etc/acdr/classes.d/everything.yaml <<'YAML'
api: acdr/v1
class: everything
summary: Every conditioning there is
include:
  - vnf: {node: "1"}
conditionings:
  - hugepages: {size: 2MiB}
  - strict-numa: {node: "1"}
  - irq-pinning: {irqs: "ttyS0", cores: housekeeping}
  - flow-pinning: {interfaces: uplink, cores: housekeeping, steer: true}
  - softirq-pinning
  - consume-locality: {interfaces: uplink}
  - apart: {group: loud, level: core}
  - scheduler: {policy: fifo, priority: 5}
  - numa-balancing: {state: "off"}
  - ksm: {run: "off"}
  - ballooning: {mode: "off"}
  - transparent-hugepages: {enabled: never}
  - sysctl: {settings: "net.core.busy_poll=50"}
  - sysfs: {settings: "block/vda/queue/nr_requests=64"}
  - cpu-power: {governor: performance}
  - nested: {nesting: "on"}
  - cache: {ways: 2}
YAML
acdrctl reload
# Values that the class will change, so that it can be seen to.
echo 1 >/sys/kernel/mm/ksm/run
echo always >/sys/kernel/mm/transparent_hugepage/enabled
sysctl -q kernel.numa_balancing=1
host-state save "$scratch/before"
rules() { ethtool -n uplink0 2>/dev/null | grep -ci 'dest mac' || true; }
rules_before=$(rules)

guest define plain --vcpus 2 --queues 1
guest define all --vcpus 2 --queues 2 --iothreads 1 --busy --class everything --print |
  sed -e 's#</domain>#<memoryBacking><hugepages><page size="2" unit="MiB"/></hugepages></memoryBacking></domain>#' \
    -e "s#<memballoon model='none'/>#<memballoon model='virtio'><stats period='5'/></memballoon>#" >"$scratch/all.xml"
virsh --quiet define "$scratch/all.xml"
guest start plain
trace-guest start
guest start all
wait_for 'the domain with everything is conditioned' confined all
trace-guest stop >"$scratch/trace"
cores=$(claim all cores) helpers=$(claim all helpers)
note "cores $cores, helpers $helpers"
check 'from the first kvm_entry on it ran on its cores' trace_within "$scratch/trace" all "$cores"

vcpus_are() { # POLICY PRIORITY
  local tid
  for tid in $(guest threads "$1" | awk -F'\t' '$1 ~ /^vcpu/ && $3 !~ /^kvm-nx/ { print $2 }'); do
    chrt -p "$tid"
    [[ $(chrt -p "$tid") == *"$2"*"priority: $3" ]] || return 1
  done
}
is() { [[ $(<"$1") == "$2" ]] || { cat "$1"; return 1; }; }
has() { [[ $(<"$1") == *"$2"* ]] || { cat "$1"; return 1; }; }
tap=$(virsh domiflist all | awk 'NR == 3 { print $1 }')
softirqs_on_helpers() {
  within "$(python3 -c 'import sys; m=int(open(sys.argv[1]).read().replace(",",""),16); print(",".join(str(i) for i in range(64) if m>>i&1))' \
    "/sys/class/net/$tap/queues/rx-0/rps_cpus")" "$helpers"
}
wait_for 'its vCPUs are real-time' vcpus_are all SCHED_FIFO 5
wait_for "the softirq work of $tap is on the helpers" softirqs_on_helpers
check 'hugepages: 64 of them on node 1' is /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages 64
check 'strict-numa: memory from node 1 only' bash -c '[[ $(cat /sys/fs/cgroup/machine.slice/machine-qemu*all.scope/cpuset.mems) == 1 ]]'
check 'numa-balancing is off' is /proc/sys/kernel/numa_balancing 0
check 'ksm is off' is /sys/kernel/mm/ksm/run 0
check 'transparent huge pages are off' has /sys/kernel/mm/transparent_hugepage/enabled '[never]'
check 'the sysctl is set' is /proc/sys/net/core/busy_poll 50
check 'the file in /sys is set' is /sys/block/vda/queue/nr_requests 64
check 'the flow table is there' bash -c '(( $(</proc/sys/net/core/rps_sock_flow_entries) >= 32768 ))'
check "the balloon's polling is off" not says 'stats period' virsh dumpxml all
check 'what this host does not have is named, with what to do' bash -c '
  acdrctl status --json | jq -e "[.claims[].residuals[] | select(.what | test(\"resctrl|cache\"; \"i\"))] | length > 0"'
check 'emulator, iothread and vhost are on the helpers' threads_on all 'emulator|iothread.*|vhost' "$helpers"
check 'no movable interrupt may go to the cores' movable_irqs_off "$cores"
check 'no other task may run there' no_strangers "$cores"
check 'acdrctl verify holds' acdrctl verify

note 'the domain with nothing, beside it'
check 'the plain domain keeps off the cores' threads_on plain 'vcpu.*|emulator|vhost' "$(comm -23 <(seq 0 7) <(expand "$cores") | paste -sd,)"
check 'its vCPUs are scheduled as ever' vcpus_are plain SCHED_OTHER 0
check 'it has no claim' bash -c '! acdrctl status --json | jq -e ".claims[] | select(.name == \"domain plain\")"'

note 'what is in conflict, and wrong input'
cat >/etc/acdr/classes.d/other.yaml <<'YAML'
api: acdr/v1
class: other
summary: Wants another value
conditionings:
  - sysctl: {settings: "net.core.busy_poll=10"}
YAML
acdrctl reload
host-state save "$scratch/during"
check 'another value of the same sysctl is refused, and the holder named' refuses 4 'domain all' acdrctl apply other host
wrong() { # TEXT CONDITIONING: a class with this is refused, where it is read or where it is planned, and the text is said
  printf 'api: acdr/v1\nclass: wrong\nsummary: x\nconditionings:\n  - %s\n' "$2" >/etc/acdr/classes.d/wrong.yaml
  local refused=no
  acdrctl class check >"$scratch/said" 2>&1 || refused=yes
  [[ $refused == yes ]] || { acdrctl reload && acdrctl plan wrong host >"$scratch/said" 2>&1 || refused=yes; }
  rm /etc/acdr/classes.d/wrong.yaml
  acdrctl reload
  cat "$scratch/said"
  [[ $refused == yes ]] && grep -qF -- "$1" "$scratch/said"
}
check 'a sysctl off the allow-list' wrong kernel.panic 'sysctl: {settings: "kernel.panic=1"}'
check 'a priority out of range' wrong 99 'scheduler: {policy: fifo, priority: 100}'
printf 'api: acdr/v1\nclass: a\nsummary: x\ninclude: [b]\n' >"$scratch/a.yaml"
printf 'api: acdr/v1\nclass: b\nsummary: x\ninclude: [a]\n' >"$scratch/b.yaml"
cycle() { local status=0; acdrctl class check "$scratch/a.yaml" "$scratch/b.yaml" >"$scratch/said" 2>&1 || status=$?; ((status == 1)) && cat "$scratch/said" && grep -q 'a.*b' "$scratch/said"; }
check 'classes that include each other' cycle
check 'and nothing was changed' host-state diff "$scratch/during" <(host-state save -)

note 'an interface that vanishes midway'
ip link add gone0 type dummy
cat >/etc/acdr/classes.d/softirqs.yaml <<'YAML'
api: acdr/v1
class: softirqs
summary: Softirq work of an interface of its own
conditionings:
  - softirq-pinning: {interfaces: gone0, cores: "0"}
YAML
acdrctl reload
check 'a class for the interface applies' acdrctl apply softirqs host
ip link del gone0
holds() { [[ $(acdrctl status --json | jq -r '.claims[] | select(.class == "softirqs") | .state') != failed ]] && acdrctl status | grep gone0; }
wait_for 'when it is gone, status says so' holds
check 'it is released all the same' acdrctl release host softirqs

guest stop all
guest stop plain
wait_for 'no claim is left' no_claims
check 'no rule is left in the NIC' test "$(rules)" = "$rules_before"
host_becomes "$scratch/before" --ignore-irq-of 'uplink0*'

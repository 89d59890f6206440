# shellcheck shell=bash disable=SC2016,SC2154,SC2317
# The lab keeps its promises: a quiet host, guests with vhost, a trace that sees them, and a comparison that sees changes.
# It needs no acdr: run SUITE - lab-itself

note "a quiet host with what acdr needs"
check 'the host came up whole' test "$(systemctl is-system-running)" = running
check 'there are two nodes' test -d /sys/devices/system/node/node1
check 'KVM is there' test -c /dev/kvm
check 'vhost is there' test -c /dev/vhost-net
check 'tracefs is mounted' test -d /sys/kernel/tracing/events/kvm
check 'br0 is up, with the uplink' test "$(basename "$(readlink /sys/class/net/uplink0/master)")" = br0
check 'the uplink is on node 1' grep -qx 1 /sys/class/net/uplink0/device/numa_node
check 'the uplink has eight queues' test "$(find /sys/class/net/uplink0/queues -name 'rx-*' | wc -l)" = 8
for unit in tuned numad; do check "$unit does not run" not systemctl --quiet is-active "$unit"; done
check 'no timer is armed' test "$(systemctl list-timers --no-legend | wc -l)" = 0
check 'irqbalance runs' systemctl --quiet is-active irqbalance
host-state save "$scratch/balanced"
check 'its settings can be read' jq -e '.irqbalance.sleep == "10"' "$scratch/balanced"
systemctl stop irqbalance

note "a guest"
host-state save "$scratch/before"
trace-guest start
guest define one --vcpus 2 --queues 2 --iothreads 1 --class cleaner-cores --param cores=2-5
guest start one
pid=$(guest pid one)
guest threads one
roles() { guest threads one | cut -f1 | sort | uniq -c | awk '{ print $2 "=" $1 }'; }
for role in emulator=1 vcpu0=1 vcpu1=1 iothread1=1 vhost=2; do check "it has threads $role" grep -qx "$role" <(roles); done
check 'its tag is in the live XML' says '<acdr:param name="cores">2-5</acdr:param>' virsh dumpxml one
entered() {
  trace-guest show | jq -e --argjson pid "$pid" --argjson vcpu "$1" \
    'any(.threads[]; .pid == $pid and .vcpu == $vcpu and .guest == "one")'
}
wait_for 'its vCPU 0 runs' entered 0
wait_for 'its vCPU 1 runs' entered 1

guest stop one

note "a guest that keeps all its vCPUs busy"
guest define busy --vcpus 2 --busy --net none
guest start busy
pid=$(guest pid busy)
for vcpu in 0 1; do virsh --quiet vcpupin busy "$vcpu" "$((6 + vcpu))" --live; done
trace-guest start
enough() { trace-guest show | jq -e --argjson pid "$pid" '[.threads[] | select(.pid == $pid and .total > 20)] | length == 2'; }
wait_for 'both run' enough
guest stop busy
trace-guest stop >"$scratch/trace"
check 'the trace saw each on its CPU only' jq -e --argjson pid "$pid" \
  '.dropped == 0 and ([.threads[] | select(.pid == $pid) | [.vcpu, .cpus]] | sort == [[0, "6"], [1, "7"]])' "$scratch/trace"
guest remove busy
guest remove one

note "the comparison"
host_becomes "$scratch/before"
sees() { # SENTENCE LINE: host-state reports just this line
  host-state save "$scratch/after"
  check "host-state sees $1" grep -qE "$2" <(host-state diff "$scratch/before" "$scratch/after" || true)
  check 'and fails for it' not host-state diff "$scratch/before" "$scratch/after"
}
irq=$(basename "$(find /sys/class/net/uplink0/device/msi_irqs/ -type f | sort -V | tail -n 1)")
was=$(cat "/proc/irq/$irq/smp_affinity_list")
echo 2 >"/proc/irq/$irq/smp_affinity_list"
sees 'a moved interrupt' "^irq $irq \\(uplink0-.*\\) smp_affinity_list: $was -> 2\$"
echo "$was" >"/proc/irq/$irq/smp_affinity_list"

kthread=$(pgrep -x kswapd0)
taskset -cp 0-7 "$kthread" >/dev/null
sees 'a kernel thread with another mask' "^kthread $kthread 'kswapd0' cpus: 0-3 -> 0-7\$"
taskset -cp 0-3 "$kthread" >/dev/null

echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
echo 0-5 >/sys/fs/cgroup/system.slice/cpuset.cpus
sees 'a restricted slice' '^cgroup /system.slice cpuset.cpus: unrestricted -> 0-5$'
check 'the kernel refuses to empty its cpuset again' not bash -c 'echo >/sys/fs/cgroup/system.slice/cpuset.cpus'
echo 0-7 >/sys/fs/cgroup/system.slice/cpuset.cpus

host-state save "$scratch/after"
same_host "$scratch/before" "$scratch/after"

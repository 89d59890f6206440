# What still runs on two cores under load: nothing done, vCPUs pinned as libvirt does it, TuneD cpu-partitioning, acdr. Counted
# from tracepoints while stress-ng, iperf3 and short-lived processes keep the host busy. LAB_ENV='seconds=20'.
source ./acdr.sh
quiet_host
seconds=${seconds:-20} cores=6-7

cat >"$scratch/count.py" <<'PY'
"""count.py CPUS SECONDS GUEST-PIDS: foreign context switches, interrupts, softirqs and IPIs on these CPUs, by what they were."""
import os, re, sys, time
T = '/sys/kernel/tracing'
instance = f'{T}/instances/noise'
cores = {c for part in sys.argv[1].split(',') for a, _, b in [part.partition('-')] for c in range(int(a), int(b or a) + 1)}
seconds, own = float(sys.argv[2]), set(map(int, sys.argv[3].split(',')))
events = {'switch': ('sched/sched_switch', 'hist:keys=next_pid,next_comm,common_cpu:size=16384'),
          'irq': ('irq/irq_handler_entry', 'hist:keys=irq,name,common_cpu:size=4096'),
          'softirq': ('irq/softirq_entry', 'hist:keys=vec,common_cpu:size=4096'),
          'timer': ('irq_vectors/local_timer_entry', 'hist:keys=vector,common_cpu:size=4096'),
          'reschedule': ('irq_vectors/reschedule_entry', 'hist:keys=vector,common_cpu:size=4096'),
          'call': ('irq_vectors/call_function_entry', 'hist:keys=vector,common_cpu:size=4096'),
          'call-single': ('irq_vectors/call_function_single_entry', 'hist:keys=vector,common_cpu:size=4096')}
def write(path, text):
    with open(path, 'w') as file:
        file.write(text)
os.mkdir(instance)
armed = {}
for name, (path, keys) in events.items():
    if os.path.isdir(f'{instance}/events/{path}'):
        write(f'{instance}/events/{path}/trigger', keys)
        armed[name] = (path, keys)
begun = time.monotonic()
time.sleep(seconds)
span = time.monotonic() - begun
totals, causes = {}, {}
for name, (path, keys) in armed.items():
    for line in open(f'{instance}/events/{path}/hist', errors='replace'):
        at = re.search(r'common_cpu:\s*(\d+) \} hitcount:\s*(\d+)', line)
        if not at or int(at.group(1)) not in cores:
            continue
        what = line[:at.start()].strip(' {,')
        if name == 'switch':
            tid, comm = re.match(r'next_pid:\s*(\d+), next_comm: (.*?)\s*,?\s*$', what).groups()
            if int(tid) in own or comm.startswith('swapper/'):
                continue
            what = re.sub(r'[0-9:]+.*', '', comm)
            kind = 'tasks'
        elif name == 'irq':
            kind, what = 'interrupts', re.sub(r'\s+', ' ', what)
        elif name == 'softirq':
            kind = 'softirqs'
        elif name == 'timer':
            kind = 'timer ticks'
        else:
            kind, what = 'IPIs', name
        totals[kind] = totals.get(kind, 0) + int(at.group(2))
        causes[kind, what] = causes.get((kind, what), 0) + int(at.group(2))
for name, (path, keys) in armed.items():
    write(f'{instance}/events/{path}/trigger', '!' + keys)
os.rmdir(instance)
kinds = ('tasks', 'interrupts', 'softirqs', 'IPIs', 'timer ticks')
print('  '.join(f'{kind} {totals.get(kind, 0) / span / len(cores):.2f}' for kind in kinds))
for kind in ('tasks', 'interrupts'):
    top = sorted(((n, what) for (k, what), n in causes.items() if k == kind), reverse=True)[:6]
    print(f'    {kind}: ' + (', '.join(f'{what} {n}' for n, what in top) or 'none'))
PY

load() {
  stress-ng --cpu 4 --fork 2 --switch 2 --timer 1 --timeout 0 >/dev/null 2>&1 &
  ip netns add far
  ip link add veth0 type veth peer name veth1 netns far
  ip link set veth0 master br0 up
  ip addr add 10.9.9.1/24 dev br0
  ip -n far addr add 10.9.9.2/24 dev veth1
  ip -n far link set veth1 up
  iperf3 -s -D
  ip netns exec far iperf3 -c 10.9.9.1 -t 100000 -b 100M >/dev/null 2>&1 &
  (while true; do (:); nice true | cat; done) &
}
own_tids() { guest threads web | awk -F'\t' '$1 ~ /^vcpu/ { print $2 }' | paste -sd,; }
count() { printf '%-28s ' "$1"; python3 "$scratch/count.py" "$cores" "$seconds" "$(own_tids)"; }

guest define web --vcpus 2 --queues 2 --busy
load
guest start web
echo 'a second and core:'
count 'nothing done'
virsh --quiet vcpupin web 0 6 && virsh --quiet vcpupin web 1 7
count 'vCPUs pinned'
systemctl start tuned.service
echo "isolated_cores=$cores" >/etc/tuned/cpu-partitioning-variables.conf
tuned-adm profile cpu-partitioning || true
count 'TuneD cpu-partitioning'
tuned-adm off
systemctl stop tuned.service
for number in 0 1; do virsh --quiet vcpupin web $number 0-7; done
guest stop web
systemctl restart libvirtd
acdrctl apply vnf web >/dev/null 2>&1 || true
guest start web
check 'acdr takes the cores' acdrctl apply vnf web --param cores=$cores
wait_for 'the domain is conditioned' confined web
count 'acdr, class vnf'
check 'acdrctl verify holds' acdrctl verify
acdrctl status web

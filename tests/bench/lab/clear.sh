# How long it takes to clear two cores and to give them back, with many threads on the host: acdr, and what people would use
# instead, in turn and in one run. LAB_ENV='threads=10000 rounds=5'.
source ./acdr.sh
quiet_host
threads=${threads:-10000} rounds=${rounds:-5} cores=6-7 others=0-5
systemctl stop irqbalance.service

cat >"$scratch/crowd.py" <<'PY'
import sys, threading
threading.stack_size(65536)
for _ in range(int(sys.argv[1]) - 1):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
threading.Event().wait()
PY
for ((left = threads; left > 0; left -= 1000)); do
  systemd-run --quiet --unit="crowd-$left" --property=TasksMax=infinity python3 "$scratch/crowd.py" $((left < 1000 ? left : 1000))
done
crowded() { (($(awk '{ n += $1 } END { print n }' <(cat /sys/fs/cgroup/system.slice/crowd-*/pids.current)) >= threads)); }
wait_for "$threads threads sleep on the host" crowded

# The floor: only the calls that nobody can avoid, where a cpuset carries the tasks. One cpuset write a top-level cgroup, the
# mask of the unbound work queues, and each movable kernel thread and interrupt found by one look at the lists.
cat >"$scratch/floor.py" <<'PY'
import os, sys
def cpus(text):
    return {c for part in text.split(',') for a, _, b in [part.partition('-')] for c in range(int(a), int(b or a) + 1)}
wanted, listed = cpus(sys.argv[1]), sys.argv[1]
for name in ('init.scope', 'system.slice', 'user.slice'):
    try:
        with open(f'/sys/fs/cgroup/{name}/cpuset.cpus', 'w') as file:
            file.write(listed)
    except OSError:
        pass
mask = sum(1 << cpu for cpu in wanted)
with open('/sys/devices/virtual/workqueue/cpumask', 'w') as file:
    file.write(f'{mask:x}')
for tid in map(int, open('/sys/fs/cgroup/cgroup.threads').read().split()):
    try:
        os.sched_setaffinity(tid, wanted)
    except OSError:
        pass
for irq in os.listdir('/proc/irq'):
    if irq.isdigit():
        try:
            with open(f'/proc/irq/{irq}/smp_affinity', 'w') as file:
                file.write(f'{mask:x}')
        except OSError:
            pass
PY
mkdir -p /etc/tuned/bench-cores
printf '[main]\nsummary=cores\n[scheduler]\nisolated_cores=%s\n' "$cores" >/etc/tuned/bench-cores/tuned.conf
cat >"$scratch/script.sh" <<'SH'
# As admins write it: slices by systemctl, tasks by taskset, interrupts by echo.
for slice in system user; do systemctl set-property --runtime $slice.slice AllowedCPUs="$1"; done
systemctl set-property --runtime init.scope AllowedCPUs="$1"
for tid in $(ps -eLo tid=); do taskset -pc "$1" "$tid"; done
for irq in /proc/irq/[0-9]*; do echo "$1" >"$irq/smp_affinity_list"; done
SH

clear_floor() { python3 "$scratch/floor.py" "$others"; }
restore_floor() { python3 "$scratch/floor.py" 0-7; }
clear_acdr() { acdrctl apply cleaner-cores host --param cores=$cores && acdrctl apply irq-ban host --param cores=$cores; }
restore_acdr() { acdrctl release host; }
clear_tuned() { tuned-adm profile bench-cores; }
restore_tuned() { tuned-adm off; }
clear_tuna() { tuna isolate --cpus $cores || tuna --cpus=$cores --isolate; }
restore_tuna() { tuna include --cpus $cores || tuna --cpus=$cores --include; }
clear_script() { bash "$scratch/script.sh" "$others" || true; }
restore_script() { bash "$scratch/script.sh" 0-7 || true; }

timed() { # TOOL STEP
  local begun=$EPOCHREALTIME
  "$2_$1" >"$scratch/said" 2>&1 || { tail -n 3 "$scratch/said"; echo "note: $2_$1 ended with a failure"; }
  awk -v a="$begun" -v b="$EPOCHREALTIME" -v tool="$1" -v step="$2" 'BEGIN { printf "%s %s %.4f\n", tool, step, b - a }' | tee -a "$scratch/times"
}
systemctl start tuned.service
tuned-adm off
tools=${tools:-floor acdr tuned tuna script}
for ((round = 1; round <= rounds; ++round)); do
  for tool in $tools; do
    timed "$tool" clear
    timed "$tool" restore
  done
done
python3 - "$scratch/times" "$threads" <<'PY'
import statistics, sys
times = {}
for line in open(sys.argv[1]):
    tool, step, seconds = line.split()
    times.setdefault((tool, step), []).append(float(seconds))
print(f'{sys.argv[2]} threads; seconds: median (least to most), and how many times the floor')
for (tool, step), values in times.items():
    median = statistics.median(values)
    floor = statistics.median(times[('floor', step)])
    print(f'{tool:8} {step:8} {median:9.4f} ({min(values):.4f} to {max(values):.4f}) {median / floor:7.2f}')
PY
systemctl stop 'crowd-*'
check 'each tool was measured' test "$(wc -l <"$scratch/times")" == $((rounds * 2 * $(wc -w <<<"$tools")))

# How long it takes to clear two cores and to give them back, with many threads on the host: the floor, acdr, and what people
# would use instead, in turn and in one run; and what is not as it was after each. No figure is judged here.
# LAB_ENV='plan="2000:5:3 10000:5:2"': threads, rounds, and rounds of those that take long. With compared=N only in the first
# N rounds, as that takes most of the time: for the floor and acdr, which leave nothing behind.
source ./acdr.sh
plan=${plan:-2000:5:3 10000:5:2} cores=6-7 others=0-5 all=0-7
tools=${tools:-floor-cpuset floor-kept floor-affinity acdr acdr-irq tuned tuned-profile tuna script}
quiet_host
# Before Linux 6.2 nobody can do without the masks of all threads.
printf '%s\n' 6.2 "$(uname -r)" | sort --version-sort --check=quiet || tools=${tools/floor-kept /}
mkdir -p "$scratch/left"
install floor "$scratch" # nothing may be executed in /run

# What can be compared with the floor and with TuneD: they move interrupts, too.
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

mkdir -p /etc/tuned/isolated
printf '[main]\nsummary=isolated_cores alone\n[scheduler]\nisolated_cores=%s\n' "$cores" >/etc/tuned/isolated/tuned.conf
echo "isolated_cores=$cores" >/etc/tuned/cpu-partitioning-variables.conf

cat >"$scratch/script.sh" <<'SCRIPT'
# As admins write it; run again with all CPUs, it gives them back.
for unit in system.slice user.slice machine.slice init.scope; do systemctl set-property --runtime $unit AllowedCPUs="$1"; done
for domain in $(virsh list --name --all); do
  for vcpu in $(virsh vcpuinfo "$domain" | awk '$1 == "VCPU:" { print $2 }'); do virsh vcpupin "$domain" "$vcpu" "$1" --live; done
  virsh emulatorpin "$domain" "$1" --live
done
for pid in $(ps -eo pid=); do taskset -acp "$1" "$pid"; done
for irq in /proc/irq/[0-9]*; do echo "$1" >"$irq/smp_affinity_list"; done
SCRIPT

# floor does both in one run, so its restore is told with its clear; times of its own, as nothing else of it can be left out.
clear_floor-cpuset() { "$scratch/floor" cpuset $cores $others 1 2>&1; }
clear_floor-kept() { "$scratch/floor" kept $cores $others 1 2>&1; }
clear_floor-affinity() { "$scratch/floor" affinity $cores $others 1 2>&1; }
clear_acdr() { acdrctl apply cleaner-cores host --param cores=$cores; }
restore_acdr() { acdrctl release host; }
clear_acdr-irq() { acdrctl apply cleared host --param cores=$cores; }
restore_acdr-irq() { acdrctl release host; }
clear_tuned() { tuned-adm profile isolated; }
restore_tuned() { tuned-adm off; }
clear_tuned-profile() { tuned-adm profile cpu-partitioning; }
restore_tuned-profile() { tuned-adm off; }
clear_tuna() { tuna --cpus=$cores --isolate; }
restore_tuna() { tuna --cpus=$cores --include; }
clear_script() { bash "$scratch/script.sh" $others; }
restore_script() { bash "$scratch/script.sh" $all; }

timed() { # COUNT TOOL STEP
  local begun status=0
  begun=$EPOCHREALTIME
  "$3_$2" >"$scratch/said" 2>&1 || status=$?
  awk -v a="$begun" -v b="$EPOCHREALTIME" -v what="$1 $2 $3" 'BEGIN { printf "%s %.6f\n", what, b - a }' >>"$scratch/times"
  [[ $status == 0 || $2 == script ]] || { echo "$3_$2 ended with status $status:"; tail -n 3 "$scratch/said"; }
}
# The daemon's own time: what passed on the bus between the call and the answer.
told() { # COUNT TOOL
  sync_bus && python3 - "$scratch/bus" "$1" "$2" >>"$scratch/times" <<'PY'
import sys
calls = {}
names = {"Apply": "clear", "Release": "restore"}
for line in open(sys.argv[1]):
    field = line.rstrip("\n").split("\t")
    if field[0] == "mc" and field[-1] in names:
        calls[field[3], field[2]] = (field[-1], float(field[1]))
    elif field[0] in ("mr", "err") and (field[4], field[5]) in calls:
        name, begun = calls.pop((field[4], field[5]))
        print(sys.argv[2], sys.argv[3] + "-daemon", names[name], f"{float(field[1]) - begun:.6f}")
PY
  : >"$scratch/bus"
}
sync_bus() { sleep 0.5; } # what the monitor was sent is written soon
# What is still allowed on the cores: movable tasks and interrupts. Only of the first round: it takes a while.
look_at_cores() { # COUNT TOOL
  local tasks irqs
  tasks=$(strangers_on $cores | wc -l)
  irqs=$(movable_irqs_off $cores | grep -o IRQ | wc -l || true)
  echo "$1 $2 $tasks $irqs" >>"$scratch/cleared"
}
look_back() { # COUNT TOOL ROUND: what is not as it was; then make it so
  (($3 <= ${compared:-$3})) || return 0
  local left=$scratch/left/$1.$2.$3
  if lib_host_is "$scratch/before" >"$left"; then : >"$left"; return 0; fi
  sed -i '/^note: /d' "$left"
  systemctl revert system.slice user.slice machine.slice init.scope >/dev/null 2>&1 || true
  python3 ./mend.py "$scratch/before" "$scratch/now"
  host-state save "$scratch/now"
  python3 ./mend.py "$scratch/before" "$scratch/now" # widening cgroups may have changed masks
  lib_host_is "$scratch/before" >"$scratch/unmended" && return 0
  echo "not mended after $2:"
  head -n 5 "$scratch/unmended"
}

once() { # COUNT TOOL ROUND
  timed "$1" "$2" clear
  if [[ $2 == floor-* ]]; then
    sed '$d' "$scratch/times" >"$scratch/times.new" # the whole process is of no interest
    awk -v what="$1 $2" '$1 == "clear" || $1 == "restore" { printf "%s %s %.6f\n", what, $1, $2 / 1e6 }' "$scratch/said" >>"$scratch/times.new"
    mv "$scratch/times.new" "$scratch/times"
  else
    (($3 > 1)) || look_at_cores "$1" "$2"
    timed "$1" "$2" restore
  fi
  [[ $2 != acdr* ]] || told "$1" "$2"
  look_back "$1" "$2" "$3"
}

guest define web --vcpus 2 --net none
guest start web
virsh --quiet suspend web # it has threads that can be pinned, and takes no time
systemctl start tuned.service
tuned-adm off
: >"$scratch/bus"
dbus-monitor --system --profile "type='method_call',destination='org.acdr1'" "type='method_return',sender='org.acdr1'" \
  "type='error',sender='org.acdr1'" >>"$scratch/bus" 2>/dev/null &
monitor=$!

there=0
crowded() { (($(cat /sys/fs/cgroup/system.slice/crowd-*/pids.current | awk '{ n += $1 } END { print n }') >= there)); }
for part in $plan; do
  IFS=: read -r count rounds slow_rounds <<<"$part"
  while ((there < count)); do
    more=$((count - there < 1000 ? count - there : 1000))
    there=$((there + more))
    systemd-run --quiet --unit="crowd-$there" --property=TasksMax=infinity python3 "$PWD/crowd.py" $more
  done
  wait_for "$there threads sleep on the host" crowded
  sleep 5
  host-state save "$scratch/before"
  for ((round = 1; round <= rounds; ++round)); do
    for tool in $tools; do
      case $tool in tuned* | tuna | script) ((round <= slow_rounds)) || continue ;; esac
      once "$count" "$tool" "$round"
    done
    note "$count threads, round $round is over"
  done
done
kill "$monitor"
for ((round = 1; round <= rounds; ++round)); do # what a client costs that asks for nothing
  begun=$EPOCHREALTIME
  acdrctl --version >/dev/null
  awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "0 acdrctl-version clear %.6f\n", b - a }' >>"$scratch/times"
done
python3 ./clear-table.py "$scratch"
check 'each tool was measured' test -s "$scratch/times"

# The conditionings that tune rather than place: scheduler, power, page merging, huge pages by themselves, sysctls; read back
# from the kernel, for a host class and domains at once, and refused where two cannot agree.
source ./acdr.sh
quiet_host

sysctl_is() { [[ $(sysctl -n "$1") == "$2" ]]; }
file_is() { [[ $(<"$1") == "$2" ]]; }
chosen_is() { [[ $(<"$1") == *"[$2]"* ]]; }
same_as_before() { host-state save "$scratch/then" && host-state diff "$scratch/held" "$scratch/then"; }
vcpu_tids() { guest threads "$1" | awk -F'\t' '$1 ~ /^vcpu/ && $3 !~ /^kvm-nx/ { print $2 }'; }
policy_is() { # DOMAIN POLICY PRIORITY
  local tid
  for tid in $(vcpu_tids "$1"); do
    [[ $(chrt -p "$tid") == *"policy: $2"*"priority: $3" ]] || { chrt -p "$tid"; return 1; }
  done
}
bound_threads_on() { # CPUS: what the kernel binds there, but for what it runs before everything anyway
  local cpu tid
  for cpu in $(expand "$1"); do
    for tid in $(pgrep -x "(ksoftirqd/$cpu|kworker/$cpu:.*)"); do echo "$tid"; done
  done
}
bound_threads_are() { # CPUS POLICY PRIORITY
  local tid policy tids
  tids=$(bound_threads_on "$1")
  [[ -n $tids ]] || return 1
  for tid in $tids; do
    policy=$(chrt -p "$tid") || continue # it has ended
    [[ $policy == *"policy: $2"*"priority: $3" ]] || { ps -o tid=,comm= -L "$tid"; echo "$policy"; return 1; }
  done
}
has_residual() { acdrctl status --json | jq -e --arg text "$1" '[.claims[].residuals[].what | select(contains($text))] | length > 0'; }

note 'a quiet host, ahead of time'
balancing=$(sysctl -n kernel.numa_balancing)
check 'the class quiet-host applies' acdrctl apply quiet-host host --param cores=6-7
check 'numa balancing is off' sysctl_is kernel.numa_balancing 0
check 'the watchdog is off' sysctl_is kernel.nmi_watchdog 0
check 'khugepaged leaves memory alone' file_is /sys/kernel/mm/transparent_hugepage/khugepaged/defrag 0

note 'a real-time domain on it'
guest define now --vcpus 2 --busy --class realtime
guest start now
wait_for 'domain now is conditioned' confined now
cores=$(claim now cores)
check 'its vCPUs are real-time threads' policy_is now SCHED_FIFO 1
# A kworker may come at any moment, and is raised a moment later.
wait_for 'what the kernel binds to its cores runs before them' bound_threads_are "$cores" 'SCHED_FIFO|SCHED_RESET_ON_FORK' 2
check 'real-time throttling is off' sysctl_is kernel.sched_rt_runtime_us -1
for cpu in $(expand "$cores"); do
  check "core $cpu wakes up within a microsecond" file_is /sys/devices/system/cpu/cpu"$cpu"/power/pm_qos_resume_latency_us 1
done
check 'a core without frequency control is named' has_residual scaling_governor
check 'acdrctl verify holds' acdrctl verify

note 'what cannot agree is refused, and names the holder'
host-state save "$scratch/held"
check 'a class that wants numa balancing on is refused' \
  refuses 4 'sysctl:kernel.numa_balancing must be' acdrctl apply balanced host
check 'nothing has changed' same_as_before
check 'a priority out of range is refused' refuses 2 priority acdrctl plan realtime now --param priority=100
cat >/etc/acdr/classes.d/site.yaml <<'YAML'
api: acdr/v1
class: site
summary: Not on the list
conditionings:
  - sysctl: {settings: "kernel.core_pattern=x"}
YAML
acdrctl reload
check 'a sysctl off the list is refused' refuses 2 'not among the settings' acdrctl apply site host
rm /etc/acdr/classes.d/site.yaml
acdrctl reload
check 'nothing has changed still' same_as_before

note 'another domain, with longer slices and large pages'
guest define batch --vcpus 2 --class throughput
guest start batch
wait_for 'domain batch is conditioned' is_active batch
check 'huge pages are for everybody' chosen_is /sys/kernel/mm/transparent_hugepage/enabled always
check 'dirty pages are written earlier' sysctl_is vm.dirty_background_ratio 5
if [[ -e /sys/kernel/debug/sched/base_slice_ns ]]; then # Linux 6.12 has slices for single tasks
  slice_is() { for tid in $(vcpu_tids batch); do grep -qE 'se.slice +: +10000000' /proc/"$tid"/sched || return 1; done; }
  wait_for 'its vCPU threads have a slice of 10 ms' slice_is
else
  check 'a kernel without slices for single tasks is named' has_residual 'time slice'
fi

guest stop now
guest stop batch
wait_for 'only the host class is left' bash -c 'acdrctl status --json | jq -e ".claims | length == 1"'
check 'what the kernel binds to the cores is no more than it was' bound_threads_are "$cores" SCHED_OTHER 0
check 'real-time throttling is back' not sysctl_is kernel.sched_rt_runtime_us -1
check 'release' acdrctl release host
check 'numa balancing is what it was' sysctl_is kernel.numa_balancing "$balancing"

note 'a share of the cache, which the processor of this host does not give'
cat >/etc/acdr/classes.d/cached.yaml <<'YAML'
api: acdr/v1
class: cached
summary: Cores with a share of the cache
conditionings:
  - cleaner-cores: {cores: "5"}
  - cache: {ways: 4, bandwidth: 50}
YAML
acdrctl reload
planned_residual() {
  acdrctl plan cached host --json |
    jq -e --arg what "$1" '[.residuals[] | select(.what == $what and (.reason | startswith("unsupported")) and .remedy != "")] | length == 1'
}
check 'the plan calls a share of the cache unsupported, with the remedy' planned_residual 'no share of the L3 cache is given'
check 'and one of the bandwidth' planned_residual 'no share of the memory bandwidth is given'
check 'the class applies all the same' acdrctl apply cached host
check 'it is active' jq -e '.claims[0].state == "active"' <(acdrctl status --json)
check 'status names what is missing' has_residual 'no share of the L3 cache is given'
check 'acdrctl verify holds without it' acdrctl verify
check 'its release' acdrctl release host
rm /etc/acdr/classes.d/cached.yaml
acdrctl reload
host_becomes "$scratch/before"

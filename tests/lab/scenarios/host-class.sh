# Cores cleared for the host ahead of time are taken over by a domain and given back after it, never open to others.
source ./acdr.sh
quiet_host
check 'a host class is applied' acdrctl apply cleaner-cores host --param cores=5-6
check 'no other task may run on the cores' no_strangers 5-6
host-state save "$scratch/cleared"

# Processes that come and go by the hundred, and a trace of every one of them that was ever switched to on the cores.
trace=/sys/kernel/tracing
echo 0 >$trace/tracing_on
echo 'next_comm ~ "churn*"' >$trace/events/sched/sched_switch/filter
echo 60 >$trace/tracing_cpumask # CPUs 5 and 6
echo 1 >$trace/events/sched/sched_switch/enable
: >$trace/trace
echo 1 >$trace/tracing_on
cp /bin/true "$scratch/churn"
systemd-run --quiet --unit=churn bash -c "while :; do for _ in {1..8}; do $scratch/churn & done; wait; done"

guest define web --vcpus 2 --queues 2 --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
check 'it was given the cores that were cleared' test "$(claim web cores)" == 5-6
guest stop web
wait_for 'only the host class is left' not is_active web
systemctl stop churn.service
check 'nobody else was on the cores in between' bash -c "! grep churn $trace/trace"
echo 0 >$trace/events/sched/sched_switch/enable
host_becomes "$scratch/cleared"
check 'acdrctl verify holds' acdrctl verify
check 'the host class is released' acdrctl release host cleaner-cores
host_becomes "$scratch/before"

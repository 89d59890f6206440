# Two tagged domains that overlap in time: whatever the order of their ends, the host is what it was.
source ./acdr.sh
quiet_host
guest define a --vcpus 2 --queues 2 --class vnf
guest define b --vcpus 2 --queues 2 --class vnf

both_run() {
  guest start a
  guest start b
  wait_for 'a is conditioned' confined a
  wait_for 'b is conditioned' confined b
  check 'they share no core' disjoint "$(claim a cores)" "$(claim b cores)"
  check 'acdrctl verify holds for both' acdrctl verify
}

note 'started a, b; stopped a, b'
both_run
guest stop a
wait_for 'a is released' not is_active a
check 'b keeps what it was promised' acdrctl verify b
guest stop b
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"

note 'started a, b; stopped b, a'
both_run
guest stop b
guest stop a
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"

note 'both destroyed at once while the daemon restarts'
both_run
systemctl restart acdrd.service &
guest stop a &
guest stop b &
wait
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"

# A running domain is tagged, re-tagged and untagged; a class is applied to it and released by hand.
# time limit: 600
source ./acdr.sh
quiet_host
guest define web --vcpus 2 --queues 2
guest start web
host-state save "$scratch/running"

check 'acdrctl tag writes the class into the domain' acdrctl tag web cleaner-cores --param cores=2-3
wait_for 'the running domain is conditioned' 60 confined web
check 'on the cores of the tag' test "$(claim web cores)" == 2-3
check 'the persistent definition carries the tag' bash -c 'virsh dumpxml --inactive web | grep -q "urn:acdr:domain:1"'

check 'another class replaces the first' acdrctl tag web vnf --param cores=6-7
moved() { confined web && [[ $(claim web cores) == 6-7 ]]; }
wait_for 'the domain is conditioned anew' 60 moved
check 'nobody else may run on the new cores' no_strangers 6-7
check 'acdrctl verify holds' acdrctl verify

check 'a release by hand' acdrctl release web
check 'no claim is left' no_claims
host_becomes "$scratch/running" 30
check 'an apply by hand' acdrctl apply vnf web
wait_for 'the domain is conditioned' 60 confined web
check 'acdrctl untag' acdrctl untag web
check 'a claim made by hand stays until it is released by hand' is_active web
check 'a release by hand' acdrctl release web
host_becomes "$scratch/running" 30
guest stop web
host_becomes "$scratch/before" 30

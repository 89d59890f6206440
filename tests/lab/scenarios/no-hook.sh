# The same without the libvirt hook: a persistent and a transient domain are conditioned from their scope's appearance on.
source ./acdr.sh
rm /etc/libvirt/hooks/qemu.d/acdr
quiet_host
guest define web --vcpus 2 --queues 2 --busy --class vnf
trace-guest start
guest start web
wait_for 'the domain is conditioned' confined web
trace-guest stop >"$scratch/trace"
check 'every guest instruction ran on its cores' trace_within "$scratch/trace" web "$(claim web cores)"
check 'acdrctl verify holds' acdrctl verify
guest stop web
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"

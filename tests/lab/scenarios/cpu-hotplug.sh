# A core of a conditioned domain goes offline and comes back: the claim is degraded as long, nobody else comes onto it, and in
# the end the host is what it was.
source ./acdr.sh
quiet_host
state_is() { [[ $(claim web state) == "$1" ]] || { acdrctl status; return 1; }; }
online() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online"; }
says_offline() { says "CPU $core" acdrctl status; }

# What the kernel itself does not put back, such as interrupts, is as it will be then.
for cpu in 1 2 3 4 5 6 7; do
  online "$cpu" 0
  online "$cpu" 1
done
host-state save "$scratch/before"

guest define web --vcpus 2 --queues 2 --busy --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
cores=$(claim web cores)
core=${cores##*[-,]}
note "cores $cores, CPU $core goes offline"
online "$core" 0
wait_for 'the claim is degraded' state_is degraded
check 'status says why' says_offline
check 'acdrctl verify does not hold' not acdrctl verify
check 'the domain runs on' says '^running' virsh domstate web
check 'nobody else is on its other core' no_strangers "${cores%%[-,]*}"
online "$core" 1
wait_for 'back online, the claim is active' state_is active
wait_for 'each vCPU is on its cores' confined web
wait_for 'acdrctl verify holds' acdrctl verify
check 'nobody else is on its cores' no_strangers "$cores"

note 'released while it is offline'
online "$core" 0
wait_for 'the claim is degraded once more' state_is degraded
guest stop web
wait_for 'no claim is left' no_claims
online "$core" 1
host_becomes "$scratch/before"

# What comes while a domain lives: a hot-plugged vCPU, an I/O thread, a NIC, a link that was down; and what goes again.
source ./acdr.sh
quiet_host

guest define grows --vcpus 4 --queues 2 --iothreads 1 --busy --class vnf --print |
  sed 's#<vcpu>4</vcpu>#<vcpu current="2">4</vcpu>#' >"$scratch/grows.xml"
virsh --quiet define "$scratch/grows.xml"
guest start grows
wait_for 'domain grows is conditioned' confined grows
cores=$(claim grows cores) helpers=$(claim grows helpers)
note "cores $cores, helpers $helpers"
threads_of() { guest threads grows | awk -F'\t' -v role="^($1)\$" '$1 ~ role' | wc -l; }
threads_are() { [[ $(threads_of "$1") == "$2" ]] || { guest threads grows; return 1; }; }
on_cores_of_their_own() { # every vCPU on one CPU of the claim's cores, and no two on the same
  local found
  found=$(guest threads grows | awk -F'\t' '$1 ~ /^vcpu/ { print $5 }')
  echo "$found"
  [[ $(sort -u <<<"$found" | wc -l) == "$1" && $(wc -l <<<"$found") == "$1" ]] && ! grep -q '[,-]' <<<"$found" &&
    within "$(paste -sd, <<<"$found")" "$(claim grows cores)"
}
check 'two of its four vCPUs are there' on_cores_of_their_own 2
trace-guest start
virsh setvcpus grows 3 --live
wait_for 'a hot-plugged vCPU has a core of its own' on_cores_of_their_own 3
trace-guest stop >"$scratch/trace"
check 'the cores of the others are still theirs' within "$cores" "$(claim grows cores)"
cores=$(claim grows cores)
note "cores $cores"
check 'no guest instruction ran outside of its cores and helpers' trace_within "$scratch/trace" grows "$cores,$helpers"

virsh iothreadadd grows 7 --live
wait_for 'a new I/O thread is there' threads_are 'iothread.*' 2
wait_for 'a new I/O thread is on the helper cores' threads_on grows 'iothread.*' "$helpers"

before=$(threads_of vhost)
virsh attach-interface grows bridge br0 --model virtio --live
more_vhost() { (($(threads_of vhost) > before)); }
wait_for 'the new NIC has a vhost thread' more_vhost
wait_for 'the new vhost thread is on the helper cores' threads_on grows vhost "$helpers"

ip link set uplink0 down
ip link set uplink0 up
wait_for 'after the link went up no movable interrupt may go to the cores' movable_irqs_off "$cores"
check 'acdrctl verify holds' acdrctl verify

virsh iothreaddel grows 7 --live
wait_for 'the I/O thread is gone' threads_are 'iothread.*' 1
check 'acdrctl verify holds without it' acdrctl verify
guest stop grows
wait_for 'no claim is left' no_claims
# A link that goes up gets new interrupts, with a start of their own.
host_becomes "$scratch/before" --ignore-irq-of 'uplink0*'

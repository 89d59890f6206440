# The conditionings of packets: the eight queues of the NIC on node 1 steered for a domain there, its taps' softirq work on
# helper cores, named interrupts; a NIC that is taken down and up again, a tap that comes later.
source ./acdr.sh
quiet_host

cat >/etc/acdr/classes.d/packets.yaml <<'YAML'
api: acdr/v1
class: packets
summary: Everything about packets
include:
  - vnf
conditionings:
  - flow-pinning: {interfaces: uplink0, cores: "3,7", steer: true}
  - softirq-pinning
YAML
cat >/etc/acdr/classes.d/named.yaml <<'YAML'
api: acdr/v1
class: named
summary: A named interrupt on a core
conditionings:
  - irq-pinning: {irqs: "uplink0-TxRx-0", cores: "1"}
YAML
cat >/etc/acdr/classes.d/near.yaml <<'YAML'
api: acdr/v1
class: near
summary: Packets where they are consumed
include:
  - emulator-isolation
conditionings:
  - consume-locality: {interfaces: uplink0}
YAML
acdrctl reload

mask_of() { # FILE: a mask file as a list
  python3 -c 'import sys; m=int(open(sys.argv[1]).read().replace(",",""),16); print(",".join(str(i) for i in range(64) if m>>i&1))' "$1"
}
mask_is() { [[ $(mask_of "$1") == "$2" ]] || { echo "$1: $(mask_of "$1")"; return 1; }; }
irq_of() { # HANDLER
  local action
  action=$(compgen -G "/proc/irq/*/$1/") && basename "$(dirname "$action")"
}
irq_is() { [[ $(<"/proc/irq/$(irq_of "$1")/smp_affinity_list") == "$2" ]] || { cat "/proc/irq/$(irq_of "$1")/smp_affinity_list"; return 1; }; }
queues_steered() { # each queue's interrupt on one of the cores 3 and 7, and RPS nowhere else
  local queue cpu
  for queue in 0 1 2 3 4 5 6 7; do
    cpu=$(<"/proc/irq/$(irq_of "uplink0-TxRx-$queue")/smp_affinity_list")
    [[ $cpu == 3 || $cpu == 7 ]] || { echo "queue $queue: $cpu"; return 1; }
    within "$(mask_of /sys/class/net/uplink0/queues/tx-$queue/xps_cpus)" 3,7 || { echo "tx-$queue"; return 1; }
  done
}
has_residual() { # WHAT REASON
  acdrctl status --json | jq -e --arg what "$1" --arg reason "$2" \
    '[.claims[].residuals[] | select((.what | contains($what)) and (.reason | contains($reason)))] | length > 0'
}
tap_of() { virsh domiflist "$1" | awk 'NR == 3 { print $1 }'; }

note 'a domain on node 1 with every queue of the NIC steered'
guest define router --vcpus 2 --queues 2 --class packets
guest start router
wait_for 'domain router is conditioned' confined router
helpers=$(claim router helpers)
wait_for 'each of the eight queues is steered to core 3 or 7' queues_steered
tap=$(tap_of router)
note "tap $tap, cores $(claim router cores), helpers $helpers"
taps_on_helpers() { local q; for q in /sys/class/net/"$tap"/queues/rx-*; do mask_is "$q/rps_cpus" "$helpers" || return 1; done; }
wait_for "the tap's softirq work is on the helper core" taps_on_helpers
check 'acdrctl verify holds' acdrctl verify
# The emulated NIC knows no such rules, so this is what is told of one that does not; rules are made in the unit tests.
check 'that the NIC cannot steer flows is told' has_residual 'which flows come to which queue of uplink0' 'unsupported'
check 'and nothing was tried on it' bash -c '[[ $(ethtool -k uplink0 | grep ntuple) == "ntuple-filters: off [fixed]" ]]'
check 'the host has no flow to steer' refuses 2 'steer goes by' acdrctl plan packets host
ip link set uplink0 down
ip link set uplink0 up
wait_for 'after the link was down each queue is steered again' queues_steered
guest stop router
wait_for 'no claim is left' no_claims
# Taking the link down and up gave its interrupts a new start: compare all the rest.
host_becomes "$scratch/before" --ignore-irq-of 'uplink0*'

host-state save "$scratch/before"
note 'a named interrupt, for the host'
check 'the class applies' acdrctl apply named host
check 'the interrupt is where it was sent' irq_is uplink0-TxRx-0 1
check 'release' acdrctl release host
same_after() { host_becomes "$scratch/before" --ignore-irq-of 'uplink0*'; }
same_after
sed -i 's/uplink0-TxRx-0/eth77/' /etc/acdr/classes.d/named.yaml
acdrctl reload
check 'a name that is nobody on this host is refused' refuses 2 eth77 acdrctl apply named host

note 'packets where they are consumed'
guest define near --vcpus 2 --class near
guest start near
wait_for 'domain near is conditioned' is_active near
check 'the flow table is there' bash -c '(( $(sysctl -n net.core.rps_sock_flow_entries) >= 32768 ))'
check 'the queue has flows of it' bash -c '(( $(cat /sys/class/net/uplink0/queues/rx-0/rps_flow_cnt) > 0 ))'
guest stop near
wait_for 'no claim is left then' no_claims
same_after

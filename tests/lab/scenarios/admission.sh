# Who may ask for what: classes that domains are not allowed, classes that are required, classes by Nova flavor.
source ./acdr.sh
quiet_host

cat >/etc/acdr/acdr.yaml <<'YAML'
housekeeping: {cores: 1}
classes:
  allowed: [vnf, whole-host]
nova:
  flavors:
    - {name: "nfv.*", class: vnf}
YAML
cat >/etc/acdr/classes.d/whole-host.yaml <<'YAML'
api: acdr/v1
class: whole-host
summary: More than there is, or no start
include:
  - vnf
required: true
YAML
systemctl restart acdrd
no_claims_yet() { acdrctl status --json >/dev/null && no_claims; }
wait_for 'the daemon is back' no_claims_yet

state_of() { acdrctl status --json | jq -er --arg name "domain $1" '.claims[] | select(.name == $name) | .state'; }
state_is() { [[ $(state_of "$1") == "$2" ]]; }
problem_says() { acdrctl status --json | jq -e --arg text "$1" '[.claims[].problems[] | select(contains($text))] | length > 0'; }

note 'a class that domains may not ask for'
guest define bold --vcpus 1 --class realtime
check 'the domain starts all the same' guest start bold
wait_for 'status says that it is not conditioned' state_is bold failed
check 'and why' problem_says 'not one that domains may ask for'
check 'an admin may apply it by hand' acdrctl apply realtime bold
check 'then it is conditioned' state_is bold active
guest stop bold
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"

note 'a class that is required'
guest define greedy --vcpus 8 --class whole-host
check 'a domain that cannot have it does not start, and the terminal says why' bash -c '
  ! said=$(virsh start greedy 2>&1); echo "$said"; [[ $said == *"free"* ]]'
check 'nothing is claimed' no_claims
host_becomes "$scratch/before"

note 'a class by Nova flavor'
guest define instance --vcpus 2 --print | sed "s#<memory #<metadata><nova:instance xmlns:nova='urn:example/xmlns/libvirt/nova/1.1'>\
<nova:flavor name='nfv.small'/></nova:instance></metadata><memory #" >"$scratch/instance.xml"
virsh define "$scratch/instance.xml"
guest start instance
wait_for 'the pattern of the flavor is its class' confined instance
guest stop instance
wait_for 'no claim is left then' no_claims
host_becomes "$scratch/before"

# Who may ask for what: classes that domains are not allowed, classes that are required, classes by Nova flavor.
source ./acdr.sh
quiet_host

cat >/etc/acdr/acdr.yaml <<'YAML'
housekeeping: {cores: 1}
classes:
  allowed: [vnf, whole-host, broken]
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

note 'a class file with a fault, and a daemon that starts'
cat >/etc/acdr/classes.d/broken.yaml <<'YAML'
api: acdr/v1
class: broken
summary: Asks for what there is not
required: true
conditionings:
  - nonsense
YAML
check 'it is not taken while the daemon runs' bash -c '! acdrctl reload 2>"$1/said" && cat "$1/said" && grep -q nonsense "$1/said"' - "$scratch"
systemctl restart acdrd
wait_for 'the daemon is back' no_claims_yet
check 'the journal says where the fault is' bash -c 'journalctl -u acdrd -b | grep "broken.yaml:6:5: unknown conditioning"'
check 'and which class is not loaded' bash -c 'journalctl -u acdrd -b | grep "broken: not loaded"'
guest define hopeless --vcpus 1 --class broken
check 'a domain that has to have it does not start' bash -c '
  ! said=$(virsh start hopeless 2>&1); echo "$said"; [[ $said == *"has a fault"* ]]'
guest define sound --vcpus 2 --class vnf
guest start sound
wait_for 'a domain of another class is conditioned' confined sound
guest stop sound
wait_for 'no claim is left in the end' no_claims
rm /etc/acdr/classes.d/broken.yaml
check 'without the file all is well' acdrctl reload
host_becomes "$scratch/before"

# KVM's module is loaded anew for a class that says so, before its domain starts and after it has stopped, and never while a VM
# runs: what cannot be changed then is named, and what cannot be given back then is given back later.
source ./acdr.sh

# A host whose admin does not want nesting, with a parameter and one of kvm's own set by hand.
rmmod kvm_amd
modprobe kvm_amd nested=0 pause_filter_count_grow=3
echo 123456 >/sys/module/kvm/parameters/halt_poll_ns
udevadm settle
tainted=$(</proc/sys/kernel/tainted)
quiet_host

cat >/etc/acdr/classes.d/hypervisor.yaml <<'YAML'
api: acdr/v1
class: hypervisor
summary: A VM that runs VMs
conditionings:
  - nested: {nesting: "on", reload: true}
YAML
cat >/etc/acdr/classes.d/flat.yaml <<'YAML'
api: acdr/v1
class: flat
summary: No VMs in VMs
conditionings:
  - nested: {nesting: "off", reload: true}
YAML
acdrctl reload

# With cat: bash ends when the file of $(<FILE) is not there, as it is for a moment.
parameter() { cat "/sys/module/$1/parameters/$2" 2>/dev/null; }
nested_is() { [[ $(parameter kvm_amd nested) == "$1" ]]; }
by_hand() { # what was set by hand is as it was, and /dev/kvm is for its group
  [[ $(parameter kvm_amd pause_filter_count_grow) == 3 && $(parameter kvm halt_poll_ns) == 123456 &&
    $(stat -c '%a %G' /dev/kvm) == '660 kvm' ]]
}
untainted() { [[ $(</proc/sys/kernel/tainted) == "$tainted" ]] || { cat /proc/sys/kernel/tainted; return 1; }; }
residual_of() { # DOMAIN: what and how it may be helped
  acdrctl status --json | jq -r --arg name "domain $1" '.claims[] | select(.name == $name) | .residuals[] | "\(.what); \(.remedy)"'
}
reloads() { journalctl -q -u 'acdr-load-kvm@*' -o json | jq -s '[.[] | select(.JOB_TYPE == "start" and .JOB_RESULT == "done")] | length'; }

guest define inner --vcpus 2 --class hypervisor
guest define other --vcpus 2 --class hypervisor
guest define plain --vcpus 2

note 'no VM runs: the module is loaded anew for the domain'
guest start inner
wait_for 'domain inner is conditioned' is_active inner
check 'nesting is on' nested_is 1
check 'all else is as it was' by_hand
check 'the kernel is no more tainted than before' untainted
check 'nothing is left to be told' [ -z "$(residual_of inner)" ]
check 'acdrctl verify holds' acdrctl verify
journalctl -q -u 'acdr-load-kvm@*' -o short-monotonic --no-pager
guest start other
wait_for 'domain other is conditioned' is_active other
check 'once was enough' [ "$(reloads)" = 1 ]
guest stop inner
wait_for 'one claim is left' bash -c 'acdrctl status --json | jq -e ".claims | length == 1"'
check 'nesting is still on' nested_is 1
guest stop other
wait_for 'nesting is off again' nested_is 0
wait_for 'all else is as it was still' by_hand
host_becomes "$scratch/before"

note 'another VM runs: nothing is changed, and the command is named'
guest start plain
guest start inner
wait_for 'domain inner is conditioned again' is_active inner
check 'nesting is off' nested_is 0
check 'the command is named' bash -c '[[ $1 == *"nested of kvm_amd is 0, not on"*"modprobe kvm_amd nested=1"* ]]' - "$(residual_of inner)"
guest stop inner
guest stop plain
wait_for 'no claim is left' no_claims
check 'the module was not touched' [ "$(reloads)" = 2 ]

note 'another VM runs at the end: given back once that has stopped'
guest start inner
wait_for 'domain inner is conditioned once more' is_active inner
check 'nesting is on for it' nested_is 1
guest start plain
guest stop inner
wait_for 'its claim is gone' no_claims
check 'nesting stays on while a VM runs' nested_is 1
guest stop plain
wait_for 'nesting is off once more' nested_is 0
host_becomes "$scratch/before"

note 'the host, and two claims that do not agree'
check 'the class applies to the host' acdrctl apply hypervisor host
check 'nesting is on for the host' nested_is 1
check 'the opposite is refused, naming the holder' refuses 4 'nested of host class hypervisor' acdrctl apply flat host
check 'release' acdrctl release host
check 'nesting is off in the end' nested_is 0
check 'a stranger parameter is not taken' not systemctl start acdr-load-kvm@kvm_amd:npt:0.service
check 'nor another module' not systemctl start acdr-load-kvm@dummy:numdummies:1.service
host_becomes "$scratch/before"

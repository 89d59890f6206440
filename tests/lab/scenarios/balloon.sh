# A domain's balloon, which only libvirt can set: not polled while its class says so, polled again afterwards, also when libvirt
# does not answer in between.
source ./acdr.sh
quiet_host

polled_every() { # SECONDS [OPTION]: 0 is never
  local period
  period=$(virsh dumpxml web "${@:2}" | sed -n "s/.*<stats period='\([0-9]*\)'.*/\1/p")
  [[ ${period:-0} == "$1" ]] || { echo "it is polled every ${period:-0} s"; return 1; }
}
residual() { acdrctl status --json | jq -e --arg text "$1" '[.claims[].residuals[] | select((.what + .reason) | contains($text))] | length > 0'; }

cat >/etc/acdr/classes.d/still.yaml <<'YAML'
api: acdr/v1
class: still
summary: A balloon that nobody drives
conditionings:
  - ballooning
YAML
cat >/etc/acdr/classes.d/small.yaml <<'YAML'
api: acdr/v1
class: small
summary: A guest with half of its memory
conditionings:
  - ballooning: {mode: tuned, percent: 50}
YAML
acdrctl reload

guest define web --vcpus 1 --balloon 5 --class still
guest start web
wait_for 'its balloon is not polled' polled_every 0
check 'the persistent definition is as it was' polled_every 5 --inactive
check 'the claim is active' is_active web
check 'acdrctl verify holds' acdrctl verify

note 'others, and a restart'
virsh --quiet dommemstat web --period 7 --live
virsh --quiet desc web --live 'something that libvirt tells of'
wait_for 'what somebody else set is put right' polled_every 0
systemctl restart acdrd.service
wait_for 'acdr is connected to libvirt' \
  bash -c '[[ $(busctl get-property org.acdr1 /org/acdr1 org.acdr1.Manager LibvirtConnected) == "b true" ]]'
check 'it is not polled still' polled_every 0

note 'a guest that does not follow'
check 'a host class without a domain is refused' refuses 2 'the host has no balloon' acdrctl plan small host
check 'release' acdrctl release web
check 'it is polled as before' polled_every 5
check 'a size can be asked for' acdrctl apply small web
check 'it can, though the tag says something else' [ "$(claim web class)" = small ]
check 'this guest has no driver for it, and that is named' residual 'the guest is at 131072 KiB'
check 'release' acdrctl release web

note 'a libvirt that does not answer'
check 'apply' acdrctl apply still web
check 'it is not polled' polled_every 0
systemctl kill --kill-who=main -s STOP libvirtd.service
check 'the claim can be released all the same' acdrctl release web
check 'it is gone' no_claims
systemctl kill --kill-who=main -s CONT libvirtd.service
wait_for 'it is polled as before once libvirt answers' polled_every 5

guest stop web
host_becomes "$scratch/before"

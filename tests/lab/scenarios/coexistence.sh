# The programs that also set affinities, with a conditioned domain beside them: TuneD, numad, Open vSwitch, systemd's
# daemon-reload, a restart of libvirtd. No fight lasts: each time acdrctl verify holds again, and the domain never left its cores.
source ./acdr.sh
quiet_host

holds() { acdrctl verify && confined web && no_strangers "$cores" && movable_irqs_off "$cores"; }
last_change() { acdrctl log --json | jq -c '.records[-1]'; }
calm() { # for two seconds acdr writes nothing: nobody fights
  local before
  before=$(last_change)
  sleep 2
  [[ $(last_change) == "$before" ]] || { acdrctl log -n 5; return 1; }
}

guest define web --vcpus 2 --queues 2 --iothreads 1 --memory 400 --busy --class vnf
trace-guest start
guest start web
wait_for 'domain web is conditioned' confined web
cores=$(claim web cores)
note "cores $cores"
host-state save "$scratch/with-web"

note 'systemd'
systemctl daemon-reload
wait_for 'after systemctl daemon-reload all holds' holds
systemctl restart libvirtd.service
wait_for 'after a restart of libvirtd all holds' holds
same_host "$scratch/with-web" <(host-state save -)

note 'TuneD, virtual-host'
systemctl start tuned.service
check 'the profile virtual-host is taken' timeout 120 tuned-adm profile virtual-host
wait_for 'beside TuneD virtual-host all holds' holds
wait_for 'nobody fights' calm

note 'TuneD, cpu-partitioning, with cores of its own idea'
mkdir -p /etc/tuned
echo 'isolated_cores=2,6' >/etc/tuned/cpu-partitioning-variables.conf
check 'the profile cpu-partitioning is taken' timeout 240 tuned-adm profile cpu-partitioning
wait_for 'beside TuneD cpu-partitioning all holds' holds
wait_for 'nobody fights there' calm
systemctl stop tuned.service
wait_for 'after TuneD all holds' holds

note 'numad'
numad -i 5 -m 50 -l 7
wait_for 'numad looks at processes' test -s /var/log/numad.log
rounds() { (($(grep -c '^.*Processes:' /var/log/numad.log) >= 3)) || { tail -n 5 /var/log/numad.log; return 1; }; }
wait_for 'it has gone over all processes a few times' rounds
wait_for 'beside numad all holds' holds
wait_for 'nobody fights beside numad' calm
numad -i 0 || true

trace-guest stop >"$scratch/trace"
check 'all the while no guest instruction ran off its cores' trace_within "$scratch/trace" web "$cores"
guest stop web
wait_for 'no claim is left' no_claims
check 'no movable task is kept off the cores any more' bash -c '
  cpus=$(cat /sys/fs/cgroup/system.slice/cpuset.cpus.effective); [[ $cpus == 0-7 ]] || { echo $cpus; exit 1; }'

note 'Open vSwitch'
systemctl start openvswitch-switch.service
check 'a bridge' ovs-vsctl --timeout=30 add-br ovs0
ip link set ovs0 up
cat >/etc/acdr/classes.d/switched.yaml <<'YAML'
api: acdr/v1
class: switched
summary: All of vnf, and the softirq work of its taps on the helper cores
include:
  - vnf
conditionings:
  - softirq-pinning
YAML
acdrctl reload
host-state save "$scratch/with-ovs"
guest define switched --vcpus 2 --queues 2 --class switched --net none --devices \
  "<interface type='bridge'><source bridge='ovs0'/><virtualport type='openvswitch'/><model type='virtio'/><driver name='vhost' queues='2'/></interface>"
guest start switched
wait_for 'the domain on Open vSwitch is conditioned' confined switched
cores=$(claim switched cores) helpers=$(claim switched helpers)
check 'its vhost threads are on the helper cores' threads_on switched vhost "$helpers"
check 'ovs-vswitchd keeps off' no_strangers "$cores"
tap=$(virsh domiflist switched | awk 'NR == 3 { print $1 }')
check "the softirq work of $tap, a port of the switch, is on the helper cores" bash -c '
  mask=$(cat /sys/class/net/'"$tap"'/queues/rx-0/rps_cpus)
  (( 0x${mask//,/} != 0 && (0x${mask//,/} & ~$(printf "%d" $(( $(for c in $(eval echo {'"${helpers//-/..}"'}); do echo -n "(1<<${c//[\{\}]/})|"; done) 0 )))) == 0 ))'
systemctl restart openvswitch-switch.service
wait_for 'after a restart of Open vSwitch acdrctl verify holds' acdrctl verify
guest stop switched
wait_for 'no claim is left then' no_claims
check 'no interface of the switch keeps a mask' bash -c '! grep -L "^[0,]*$" /sys/class/net/ovs0/queues/rx-*/rps_cpus | grep .'

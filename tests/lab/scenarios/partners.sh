# What acdr works with goes away: libvirtd stops, crashes and hangs while domains start and stop, the bus is restarted, the
# daemon is stuck or absent when a domain starts, and a domain lives through all that libvirt can do to it.
source ./acdr.sh
quiet_host
connected() { [[ $(busctl get-property org.acdr1 /org/acdr1 org.acdr1.Manager LibvirtConnected) == "b $1" ]]; } # true|false
gone() { no_claims && [[ -z $(compgen -G '/sys/fs/cgroup/machine.slice/*.scope' || true) ]]; }
holds() { confined web && acdrctl verify; }
runs() { [[ $(virsh domstate "$1") == running* ]]; }

guest define web --vcpus 2 --queues 2 --busy --class vnf
libvirt_units='libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket'

note 'libvirtd stops'
guest start web
wait_for 'the domain is conditioned' confined web
systemctl stop $libvirt_units
wait_for 'acdr sees that libvirt is gone' connected false
check 'what it conditions stays so' confined web
kill -9 "$(guest pid web)"
wait_for 'a domain that dies meanwhile gives its cores back' gone
host_becomes "$scratch/before"
systemctl start $libvirt_units
wait_for 'acdr is connected again' connected true

note 'libvirtd crashes'
guest start web
wait_for 'the domain is conditioned again' confined web
systemctl kill -s KILL libvirtd.service
wait_for 'libvirtd is back, and the domain runs' runs web
wait_for 'acdr is connected once more' connected true
wait_for 'all holds' holds
guest stop web
wait_for 'the cores are given back' gone
host_becomes "$scratch/before"

note 'libvirtd hangs'
guest start web
wait_for 'the domain is conditioned a third time' confined web
systemctl kill --kill-who=main -s STOP libvirtd.service
check 'acdrctl answers' acdrctl status
check 'and verifies' acdrctl verify
systemctl restart acdrd.service
wait_for 'a daemon that starts meanwhile keeps the claim' holds
kill -9 "$(guest pid web)"
wait_for 'a domain that dies meanwhile gives its cores back too' gone
systemctl kill --kill-who=main -s CONT libvirtd.service
wait_for 'libvirtd sees its end' bash -c '[[ $(virsh domstate web) == "shut off"* ]]'
host_becomes "$scratch/before"

note 'libvirtd hangs in the middle of a start'
virsh --quiet start web >"$scratch/start" 2>&1 &
wait_for 'its scope is there' compgen -G '/sys/fs/cgroup/machine.slice/*web.scope'
systemctl kill --kill-who=main -s STOP libvirtd.service
wait_for 'its cores are held' is_active web
systemctl kill --kill-who=main -s CONT libvirtd.service
wait
wait_for 'the start ends well' holds
guest stop web
wait_for 'the cores are given back after it' gone
host_becomes "$scratch/before"

note 'the bus'
guest start web
wait_for 'the domain is conditioned a fifth time' confined web
systemctl restart dbus.service
wait_for 'a restart of the bus keeps the claim' holds
systemctl restart systemd-machined.service libvirtd.service
wait_for 'as does one of machined and libvirtd' holds

note 'what libvirt does to a domain'
virsh --quiet suspend web
check 'paused, it keeps its cores' holds
virsh --quiet resume web
check 'resumed, it has them' holds
check 'saved' virsh --quiet managedsave web
wait_for 'a saved domain holds nothing' gone
host_becomes "$scratch/before"
guest start web
wait_for 'restored, it is conditioned' holds
virsh --quiet reboot web --mode agent 2>/dev/null || virsh --quiet reset web
check 'a reset changes nothing' holds
kill -SEGV "$(guest pid web)"
wait_for 'crashed, it holds nothing' gone
host_becomes "$scratch/before"
virsh --quiet domrename web shop
guest start shop
wait_for 'renamed, it is conditioned' confined shop
virsh --quiet undefine shop
check 'undefined, it keeps its cores' confined shop
check 'acdrctl verify holds' acdrctl verify shop
guest stop shop
wait_for 'ended, it holds nothing' gone
host_becomes "$scratch/before"

note 'the daemon is stuck'
guest define web --vcpus 2 --queues 2 --busy --class vnf
systemctl kill -s STOP acdrd.service
check 'a domain starts all the same' guest start web
check 'its hook gave up by itself' says 'web starts without acdr' journalctl -t acdr-hook
systemctl kill -s CONT acdrd.service
wait_for 'the daemon conditions it as soon as it can' holds
guest stop web
wait_for 'the cores are given back by it' gone
host_becomes "$scratch/before"

note 'the daemon is absent'
systemctl disable --quiet --now acdrd.service
check 'a domain starts without it' guest start web
systemctl enable --quiet --now acdrd.service
wait_for 'and is conditioned when it comes' holds
guest stop web
wait_for 'the cores are given back at last' gone
host_becomes "$scratch/before"

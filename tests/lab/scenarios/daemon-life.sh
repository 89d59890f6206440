# The daemon stops, restarts, is killed, is upgraded and is removed while a conditioned domain runs.
source ./acdr.sh
quiet_host
guest define web --vcpus 2 --queues 2 --busy --class vnf
host-state save "$scratch/without"
guest start web
wait_for 'the domain is conditioned' confined web
cores=$(claim web cores)

# Watches who else may use the cores, as fast as it can look, until told to end.
watch_gap() {
  python3 - "$cores" "$scratch" <<'PY'
import os, sys
def expand(text):
    out = set()
    for part in text.strip().split(','):
        if part:
            a, _, b = part.partition('-')
            out |= set(range(int(a), int(b or a) + 1))
    return out
cores, scratch = expand(sys.argv[1]), sys.argv[2]
looks, gaps = 0, []
while not os.path.exists(f'{scratch}/watch-end'):
    looks += 1
    open(f'{scratch}/watch-looks', 'w').write(str(looks))
    for name in ('init.scope', 'system.slice', 'user.slice'):
        path = f'/sys/fs/cgroup/{name}/cpuset.cpus.effective'
        allowed = expand(open(path).read()) if os.path.exists(path) else set(range(8))
        if allowed & cores:
            gaps.append(f'{name} may run on {sorted(allowed)}')
    if os.sched_getaffinity(1) & cores:
        gaps.append('PID 1 may run on the cores')
open(f'{scratch}/watch-gaps', 'w').write('\n'.join(gaps[:20]))
PY
}
without_gap() { # SENTENCE COMMAND...
  local sentence=$1
  shift
  rm -f "$scratch"/watch-*
  watch_gap &
  wait_for 'the watch looks' test -s "$scratch/watch-looks"
  "$@"
  wait_for 'the daemon is there' acdrctl status
  wait_for 'the claim is active' confined web
  touch "$scratch/watch-end"
  wait
  cat "$scratch/watch-gaps"
  check "$sentence" test ! -s "$scratch/watch-gaps"
  check 'the cores are the same' test "$(claim web cores)" == "$cores"
  check 'acdrctl verify holds' acdrctl verify
}

without_gap 'systemctl restart keeps the claim without a gap' systemctl restart acdrd.service
without_gap 'SIGKILL and the restart that follows keep the claim without a gap' systemctl kill -s KILL acdrd.service
without_gap 'a package upgrade keeps the claim without a gap' dpkg -i /root/acdr.deb

rollback_ran() { [[ -n $(systemctl show --property ExecMainStartTimestamp --value acdr-rollback.service) ]]; }
check 'none of these has given the claims up' not rollback_ran
check 'a rollback is refused while the daemon is at work' refuses 4 'systemctl stop acdrd.service' acdrctl rollback --all
check 'and changes nothing' confined web
check 'it is for root only' refuses 4 'only root' runuser -u tester -- acdrctl rollback --all

note 'systemctl stop'
systemctl stop acdrd.service
everywhere() { threads_on web 'vcpu.*' 0-7 && [[ $(taskset -pc 1) == *': 0-7' ]] && [[ $(cat /proc/irq/default_smp_affinity) == *ff ]]; }
check 'systemctl stop puts the host back while the domain runs on' everywhere
host-state save "$scratch/unconditioned"
check 'the domain runs on' bash -c '[[ $(virsh domstate web) == running* ]]'
check 'acdrctl says that the daemon is not there, with exit code 5' bash -c 'systemctl disable --now acdrd.service; acdrctl status; code=$?; systemctl enable acdrd.service; [[ $code == 5 ]]'
systemctl start acdrd.service
wait_for 'a start conditions it again' confined web

note 'a daemon that cannot start'
has_failed() { systemctl --quiet is-failed acdrd.service; }
break_daemon() { # crashes, and cannot come back
  cp /etc/acdr/acdr.yaml "$scratch/acdr.yaml"
  echo 'colour: red' >/etc/acdr/acdr.yaml
  systemctl kill -s KILL acdrd.service
  wait_for 'systemd gives it up' has_failed
}
mend_daemon() {
  cp "$scratch/acdr.yaml" /etc/acdr/acdr.yaml
  systemctl reset-failed acdrd.service
  systemctl start acdrd.service
  wait_for 'the daemon is mended, and the domain conditioned' confined web
}
systemctl --quiet mask --runtime acdr-rollback.service
break_daemon
check 'its claims are still on the host' bash -c '[[ $(taskset -pc 1) != *": 0-7" ]]'
check 'acdrctl rollback --all' acdrctl rollback --all
check 'the host is put back' everywhere
host_becomes "$scratch/unconditioned"
check 'a second rollback has nothing to do' acdrctl rollback --all
systemctl --quiet unmask --runtime acdr-rollback.service
mend_daemon

break_daemon
wait_for 'systemd puts the host back when the daemon has failed for good' everywhere
host_becomes "$scratch/unconditioned"
check 'it was the rollback' rollback_ran
mend_daemon

systemctl --quiet mask --runtime acdr-rollback.service
break_daemon
note 'package removal after that'
apt-get -q -y remove acdr >/dev/null
check 'removal puts the host back without a daemon' everywhere
host_becomes "$scratch/unconditioned"
systemctl --quiet unmask --runtime acdr-rollback.service
cp "$scratch/acdr.yaml" /etc/acdr/acdr.yaml
dpkg -i /root/acdr.deb >/dev/null
systemctl reset-failed acdrd.service || true
systemctl start acdrd.service
wait_for 'installed again, it conditions the domain' confined web

note 'package removal'
apt-get -q -y remove acdr >/dev/null
check 'removal puts the host back' everywhere
guest stop web
host_becomes "$scratch/without"
check 'removal leaves nothing' bash -c '[[ ! -e /run/acdr && ! -e /usr/sbin/acdrd ]] && ! systemctl cat acdrd.service'

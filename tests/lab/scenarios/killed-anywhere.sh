# The daemon is killed at any moment of its work, while a domain starts, is tagged anew and stops and a host class comes and goes;
# every fifth time its follower is killed as well. Once systemd has it back, each claim that lives holds to the last thread, and
# where none lives the host is what it was. LAB_ENV='rounds=60 seed=7' makes it longer, and another one.
source ./acdr.sh
quiet_host
rounds=${rounds:-6} seed=${seed:-1}

# A pass writes the ledger before its first write to the host and after its last one, so the ledger of a stopped daemon shows
# whether one is under way: then it has open rows. Struck is at a random one of the work's passes, somewhere in the midst of it;
# and, where it is over too soon for that on a busy machine, once nothing happens any more.
cat >"$scratch/strike.py" <<'PY'
import ctypes, os, random, select, shutil, signal, sqlite3, sys, time
scratch, strikes, chance = sys.argv[1], int(sys.argv[2]), random.Random(sys.argv[3])
IN_MOVED_TO = 0x80

def daemon():
    while True:
        try:
            for pid in open('/sys/fs/cgroup/system.slice/acdrd.service/cgroup.procs').read().split():
                if open(f'/proc/{pid}/comm').read() == 'acdrd\n':
                    return int(pid)
        except OSError:
            pass
        time.sleep(0.01)

def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    while open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0] != 'T':
        time.sleep(0.001)

def open_rows(): # in a copy: whoever opens a ledger with a transaction in it ends that
    copy = f'{scratch}/stopped.db'
    for end in '', '-journal':
        if os.path.exists(copy + end):
            os.unlink(copy + end)
        if os.path.exists('/run/acdr/ledger.db' + end):
            shutil.copy('/run/acdr/ledger.db' + end, copy + end)
    return sqlite3.connect(copy).execute('SELECT count(*) FROM knob WHERE last_applied IS NULL').fetchone()[0]

def over():
    return os.path.exists(f'{scratch}/over')

def strike(watch, killed):
    pid = daemon()
    while pid == killed:
        time.sleep(0.01)
        pid = daemon()
    wanted, written = chance.choice((1, 1, 3)), 0 # the first pass, mostly: it does most
    while True:
        if select.select([watch], [], [], 2 if over() else 0.05)[0]:
            written += os.read(watch, 65536).count(b'ledger.db.copy')
        elif over():
            stop(pid)
            break
        if written < wanted:
            continue
        stop(pid)
        if open_rows():
            os.kill(pid, signal.SIGCONT)
            time.sleep(chance.uniform(0, 0.03))
            stop(pid)
            if open_rows():
                break
        os.kill(pid, signal.SIGCONT)
    rows = open_rows()
    os.kill(pid, signal.SIGKILL)
    return pid, rows

os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) # a pass takes a tenth of a second
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_CLOEXEC)
if libc.inotify_add_watch(watch, b'/run/acdr', IN_MOVED_TO) < 0:
    sys.exit('no watch on /run/acdr')
struck, killed = [], 0
open(f'{scratch}/ready', 'w').close()
for _ in range(strikes):
    killed, rows = strike(watch, killed)
    struck.append(rows)
open(f'{scratch}/struck.part', 'w').write(''.join(f'{rows}\n' for rows in struck))
os.rename(f'{scratch}/struck.part', f'{scratch}/struck')
PY

runs() { [[ $(virsh domstate web) == running* ]]; }
tagged() { virsh dumpxml web | sed -nE "s/.*urn:acdr:domain:1['\"].* class=['\"]([^'\"]*).*/\1/p" | sed -n 1p; }

# Whatever came of the work: what lives holds, and what does not live has left nothing.
sound() {
  local claims
  claims=$(acdrctl status --json) || return
  jq -e '[.claims[] | select(.state != "active")] == []' <<<"$claims" || return
  if runs; then
    confined web && [[ $(claim web class) == "$(tagged)" ]] || return
  else
    jq -e '[.claims[] | select(.name != "host")] == []' <<<"$claims" || return
  fi
  acdrctl verify || return
  [[ $(jq '.claims | length' <<<"$claims") != 0 ]] || lib_host_is "$scratch/before"
}

kills=0 inside=0
count() { # the open rows each kill has left
  local rows
  for rows in $(<"$scratch/struck"); do
    kills=$((kills + 1)) inside=$((inside + (rows > 0)))
  done
}

during() { # WORK COMMAND...
  local work=$1 strikes=1 status=0
  shift
  ((round % 5)) || strikes=2           # 5, so that it comes to each work in turn
  systemctl reset-failed acdrd.service # or systemd would take the kills of many rounds for a daemon that cannot start
  rm -f "$scratch"/{ready,over,struck}
  python3 "$scratch/strike.py" "$scratch" "$strikes" "$seed.$round" &
  wait_for "round $round: somebody is about to kill" test -e "$scratch/ready"
  "$@" >"$scratch/work" 2>&1 || status=$?
  touch "$scratch/over"
  wait_for "round $round: killed while $work" test -e "$scratch/struck"
  wait
  count
  wait_for "round $round: all is sound" sound
  # Who asked acdr and got no answer asks again; what libvirt does works all the same.
  if ((status)); then
    [[ $1 != starts && $1 != stops ]] || fail "round $round: $work: $(<"$scratch/work")"
    note "round $round: asked again: $(tail -n 1 "$scratch/work")"
    check "round $round: and is answered" "$@"
    wait_for "round $round: all is sound after that" sound
  fi
}

starts() { runs || guest start web; }
stops() { ! runs || guest stop web; }
applies() { claim host state || acdrctl apply quiet-host host; }
tags() { # CLASS OPTION...: written, and carried out
  acdrctl tag web "$@" || return
  carried_out() { [[ $(claim web class) == "$1" ]]; }
  wait_for 'the tag is carried out' carried_out "$1"
}
releases() { ! claim host state || acdrctl release host; }

guest define web --vcpus 2 --queues 2 --busy --class vnf
for ((round = 1; round <= rounds; ++round)); do
  case $((round % 6)) in
    1) during 'a domain starts' starts ;;
    2) during 'it is tagged anew' tags cleaner-cores --param cores=2-3 ;;
    3) during 'a host class is applied' applies ;;
    4) during 'it is tagged as before' tags vnf ;;
    5) during 'the host class is released' releases ;;
    0) during 'the domain stops' stops ;;
  esac
done

stops
releases
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"
note "$kills kills, $inside of them in the middle of a pass"
# On a busy machine few are, and of a few kills none may be.
((kills < 30)) || check 'some were in the middle of a pass' test "$inside" -gt 0

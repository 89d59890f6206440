# What the daemon costs while nothing happens: wake-ups, CPU time, memory; without a claim, with one, and with processes that
# come and go beside it. No figure is judged here. LAB_ENV='seconds=60 traced=60'.
source ./acdr.sh
seconds=${seconds:-60} traced=${traced:-60}
quiet_host

cat >"$scratch/rest.py" <<'PY'
"""rest.py PID SECONDS: how often each thread of the process ran meanwhile, and for how long. Only sleeps in between: acdrd
may be told of every process that starts."""
import os, sys, time
pid, seconds = sys.argv[1], float(sys.argv[2])
def look():
    threads = {}
    for tid in os.listdir(f'/proc/{pid}/task'):
        at = f'/proc/{pid}/task/{tid}/'
        status = dict(line.split(':', 1) for line in open(at + 'status'))
        ran = int(open(at + 'schedstat').read().split()[0])
        threads[tid] = (status['Name'].strip(), int(status['voluntary_ctxt_switches']), int(status['nonvoluntary_ctxt_switches']), ran)
    return time.monotonic(), threads
begun, before = look()
time.sleep(seconds)
ended, after = look()
span = ended - begun
print(f'    {"thread":18} {"wake-ups/s":>10} {"preempted/s":>11} {"CPU ms/s":>9}   (over {span:.0f} s)')
total = [0, 0, 0]
for tid, (name, *new) in sorted(after.items(), key=lambda item: int(item[0])):
    old = before.get(tid, (name, 0, 0, 0))[1:]
    grown = [b - a for a, b in zip(old, new)]
    total = [a + b for a, b in zip(total, grown)]
    print(f'    {name:18} {grown[0] / span:10.3f} {grown[1] / span:11.3f} {grown[2] / 1e6 / span:9.3f}')
print(f'    {"all":18} {total[0] / span:10.3f} {total[1] / span:11.3f} {total[2] / 1e6 / span:9.3f}')
PY
cat >"$scratch/memory.py" <<'PY'
"""memory.py PID: what is resident, and which mappings hold it."""
import os, re, sys
pid = sys.argv[1]
rollup = dict(line.split(':', 1) for line in open(f'/proc/{pid}/smaps_rollup').readlines()[1:])
kib = {name: int(value.split()[0]) for name, value in rollup.items()} # VmRSS of status is off by megabytes before Linux 6.2
private = kib['Private_Clean'] + kib['Private_Dirty']
print(f'    resident {kib["Rss"]} kB  anonymous {kib["Anonymous"]} kB  Pss {kib["Pss"]} kB  private {private} kB')
maps, name = {}, ''
for line in open(f'/proc/{pid}/smaps'):
    head = re.match(r'[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)', line)
    if head:
        name = os.path.basename(head.group(1)) or 'anonymous'
        continue
    key, _, value = line.partition(':')
    if key in ('Rss', 'Pss', 'Private_Clean', 'Private_Dirty', 'Anonymous'):
        maps.setdefault(name, {}).setdefault(key, 0)
        maps[name][key] += int(value.split()[0])
print(f'    {"mapping":34} {"Rss kB":>7} {"Pss":>6} {"private":>8} {"written":>8}')
ordered = sorted(maps.items(), key=lambda item: -item[1]['Rss'])
def row(name, values):
    private = values['Private_Clean'] + values['Private_Dirty']
    print(f'    {name:34} {values["Rss"]:7} {values["Pss"]:6} {private:8} {values["Anonymous"]:8}')
for name, values in ordered[:24]:
    row(name, values)
rest = [values for _, values in ordered[24:]]
if rest:
    row(f'{len(rest)} others', {key: sum(values[key] for values in rest) for key in rest[0]})
PY
cat >"$scratch/calls.py" <<'PY'
"""calls.py FILE SECONDS: what woke each thread, from an strace -f -tt: the calls that had been waiting, and what followed."""
import collections, re, sys
waits = ('epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'poll', 'ppoll', 'futex', 'clock_nanosleep', 'restart_syscall', 'select', 'read', 'recvmsg')
calls, woken = collections.Counter(), []
after = {}
for line in open(sys.argv[1], errors='replace'):
    match = re.match(r'(\d+) +(\S+) (?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)', line)
    if not match:
        continue
    tid, at, resumed, begun, rest = match.groups()
    call = resumed or begun
    if begun:
        calls[tid, call] += 1
    if call in waits and re.search(r'= ', rest) and (resumed or re.search(r'<[1-9]\.|<0\.[1-9]', rest)):
        woken.append((tid, at, call, rest.strip()[:110], []))
        after[tid] = woken[-1][4]
    elif begun and tid in after and len(after[tid]) < 6:
        after[tid].append(call + (' ' + (re.search(r'"[^"]*"', rest) or [''])[0])[:40].rstrip())
print(f'    {len(woken)} times a thread was woken in {sys.argv[2]} s')
for tid, at, call, rest, then in woken[:30]:
    print(f'      {at} {tid} {call} {rest}')
    print(f'          then {", ".join(then) or "nothing"}')
print('    calls: ' + ', '.join(f'{call} {n}' for (_, call), n in calls.most_common(14)))
PY

pid() { systemctl show --value --property MainPID acdrd.service; }
at_rest() { # SITUATION
  printf '%s\n' "$1"
  sleep 25 # until what the last change caused is over, a look of the watchdog included
  python3 "$scratch/rest.py" "$(pid)" "$seconds"
  python3 "$scratch/memory.py" "$(pid)"
}
woken_by() { # SITUATION
  printf '%s, what wakes it\n' "$1"
  timeout --signal=INT "$traced" strace -f -tt -T -s 48 -o "$scratch/strace" -p "$(pid)" 2>/dev/null || true
  python3 "$scratch/calls.py" "$scratch/strace" "$traced"
}

at_rest 'no claim'
woken_by 'no claim'
check 'a host class is applied' acdrctl apply cleaner-cores host --param cores=6-7
at_rest 'two cores of the host cleared'
check 'it is released' acdrctl release host
guest define web --vcpus 2 --queues 2 --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
at_rest 'a domain conditioned (vnf)'
woken_by 'a domain conditioned (vnf)'
systemd-run --quiet --unit=churn bash -c 'while :; do /bin/true; sleep 0.05; done'
at_rest 'the same, with about 30 processes a second that start and end'
systemctl stop churn.service
guest stop web
wait_for 'no claim is left' no_claims
at_rest 'after the domain'

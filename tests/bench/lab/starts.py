"""starts.py in-turn DOMAINS ROUNDS | at-once DOMAINS STARTS: what it takes from an event of the domains web1, web2, … to a host
that is conditioned for it. When a program, a cgroup and a value came is told by the kernel's tracepoints and by acdr's log; when
libvirt told of a domain, by its events."""
import collections
import datetime
import glob
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

TRACE = "/sys/kernel/tracing/instances/starts"
EVENTS = {"cgroup/cgroup_mkdir": 'path ~ "*machine-qemu*"', "cgroup/cgroup_rmdir": 'path ~ "*machine-qemu*"',
          "cgroup/cgroup_attach_task": 'dst_path ~ "*machine-qemu*vcpu*"',
          "sched/sched_process_exec": 'filename ~ "*qemu.d/acdr"', "sched/sched_process_exit": 'comm ~ "acdr*"'}
LINE = re.compile(r".*-(?P<pid>\d+)\s+\[\d+\]\s+\S+\s+(?P<at>[\d.]+): (?P<event>\w+): (?P<rest>.*)")
MOST = 4096  # changes that acdr keeps


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def wait(what, condition):
    """Looks seldom: looking costs the host that is measured."""
    ends = time.monotonic() + 300
    while not condition():
        if time.monotonic() > ends:
            sys.exit(f"waited in vain: {what}")
        time.sleep(0.5)


def claims():
    return {claim["name"]: claim["state"] for claim in json.loads(run("acdrctl", "status", "--json"))["claims"]}


class Happened:
    """All that happened since it was made; times are those of the wall clock, in seconds."""

    def __init__(self):
        os.makedirs(TRACE, exist_ok=True)
        write(f"{TRACE}/trace_clock", "mono")
        for event, only in EVENTS.items():
            write(f"{TRACE}/events/{event}/filter", only)
            write(f"{TRACE}/events/{event}/enable", "1")
        self.told = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.virsh = subprocess.Popen(["virsh", "event", "--loop", "--timestamp", "--event", "lifecycle"], stdout=self.told,
                                      env={**os.environ, "TZ": "UTC"})
        self.since = time.time()

    def look(self):
        offset = time.time() - time.monotonic()
        with open(f"{TRACE}/trace", encoding="utf-8", errors="replace") as file:
            lines = [match for match in map(LINE.match, file) if match]
        self.traced = [(float(line["at"]) + offset, line["event"], int(line["pid"]), line["rest"]) for line in lines]
        self.told.seek(0)
        self.events = []
        for line in self.told:
            match = re.match(r"(\S+ [\d:.]+)\+0000: event 'lifecycle' for domain '?(\w+)'?: (\w+)", line)
            if match:
                at = datetime.datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=datetime.timezone.utc)
                self.events.append((at.timestamp(), match[2], match[3]))
        self.changes = []
        for change in json.loads(run("acdrctl", "log", "-n", str(MOST), "--json"))["records"]:
            at = datetime.datetime.fromisoformat(change["time"].replace("Z", "+00:00")).timestamp()
            if at >= self.since:
                self.changes.append(at)
        if len(self.changes) >= MOST:
            sys.exit("acdr no longer has all changes: take fewer domains")

    def cgroup(self, event, begun, ended):
        """When a machine scope came, or went."""
        return next((at for at, name, _, rest in self.traced
                     if begun <= at <= ended and name == event and re.search(r"path=\S+\.scope$", rest.strip())), None)

    def last_vcpu(self, begun, ended):
        """When the last of its vCPUs came into its cgroup."""
        return max((at for at, name, _, _ in self.traced if begun <= at <= ended and name == "cgroup_attach_task"), default=None)

    def hook(self, begun, ended):
        """The longest hook, from its script's start to its end."""
        started = {pid: at for at, name, pid, _ in self.traced if begun <= at <= ended and name == "sched_process_exec"}
        return max((at - started[pid] for at, name, pid, _ in self.traced
                    if name == "sched_process_exit" and pid in started and at >= started[pid]), default=None)

    def told_of(self, domain, what, begun, ended):
        return next((at for at, name, kind in self.events if begun <= at <= ended and (name, kind) == (domain, what)), None)

    def last_change(self, begun, ended):
        return max((at for at in self.changes if begun <= at <= ended), default=None)

    def forget(self):
        write(f"{TRACE}/trace", "")
        self.since = time.time()

    def end(self):
        self.virsh.terminate()
        for event in EVENTS:
            write(f"{TRACE}/events/{event}/enable", "0")
        os.rmdir(TRACE)


class Daemon:
    """What it has used until now."""

    def __init__(self):
        self.pid = run("systemctl", "show", "--value", "--property", "MainPID", "acdrd.service").strip()
        self.cpu, self.switches = 0, 0
        for task in glob.glob(f"/proc/{self.pid}/task/*"):
            with open(f"{task}/schedstat", encoding="utf-8") as file:
                self.cpu += int(file.read().split()[0]) / 1e6
            self.switches += int(self.field("voluntary_ctxt_switches", task))

    def field(self, name, folder=None):
        with open(f"{folder or f'/proc/{self.pid}'}/status", encoding="utf-8") as file:
            return next(line.split()[1] for line in file if line.startswith(name + ":"))

    def resident(self):
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


def milliseconds(values):
    known = sorted(1000 * value for value in values if value is not None)
    return f"{statistics.median(known):,.0f} ({known[0]:,.0f} to {known[-1]:,.0f})" if known else "none"


def between(begun, ended):
    """None where one of them did not happen; 0 where all was done before."""
    return None if begun is None or ended is None else max(0.0, ended - begun)


def in_turn(domains, rounds):
    happened = Happened()
    took = collections.defaultdict(list)
    for _ in range(rounds):
        happened.forget()
        spans = []
        for verbs in (("start", "--paused"), ("destroy",)):
            for number in range(1, domains + 1):
                name, begun = f"web{number}", time.time()
                run("virsh", "--quiet", verbs[0], name, *verbs[1:])
                if verbs[0] == "start":
                    wait(f"{name} is conditioned", lambda: claims().get(f"domain {name}") == "active")
                else:
                    wait(f"the claim of {name} is gone", lambda: f"domain {name}" not in claims())
                time.sleep(1)  # what is done later than that belongs to nothing
                spans.append((verbs[0], number, name, begun, time.time()))
        happened.look()
        for verb, number, name, begun, ended in spans:
            last = happened.last_change(begun, ended)
            if verb == "start":
                took["hook", number].append(happened.hook(begun, ended))
                took["scope", number].append(between(happened.cgroup("cgroup_mkdir", begun, ended), happened.last_vcpu(begun, ended)))
                took["vcpus", number].append(between(happened.last_vcpu(begun, ended), last))
                took["started", number].append(between(happened.told_of(name, "Started", begun, ended), last))
            else:
                beside = domains - number + 1
                took["gone", beside].append(between(happened.cgroup("cgroup_rmdir", begun, ended), last))
                took["stopped", beside].append(between(happened.told_of(name, "Stopped", begun, ended), last))
    happened.end()
    print("Milliseconds: median (least to most). What libvirt waits for in the hook, the start of its program included; what libvirt and "
          "QEMU take from the scope to the last vCPU in its cgroup; from there, and from libvirt's STARTED, to the last write of acdr; "
          "from the scope's end, and from STOPPED, to the last write\n")
    columns = {"hook": "hook", "scope": "libvirt, scope to vCPUs", "vcpus": "from the vCPUs", "started": "from STARTED",
               "gone": "from the scope's end", "stopped": "from STOPPED"}
    print("| claims, with this one | " + " | ".join(columns.values()) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for number in range(1, domains + 1):
        print(f"| {number} | " + " | ".join(milliseconds(took[what, number]) for what in columns) + " |")
    if any(value is None for what in ("hook", "vcpus", "started") for value in took[what, 1]):
        sys.exit("not all of it was seen")


def at_once(domains, starts):
    names = [f"web{number}" for number in range(1, domains + 1)]
    write(f"/proc/{Daemon().pid}/clear_refs", "5")  # the most that is resident begins anew
    before, begun, count = Daemon(), time.monotonic(), 0
    resident = before.resident()
    while count < starts:
        for verbs in (("start", "--paused"), ("destroy",)):
            for child in [subprocess.Popen(["virsh", "--quiet", verbs[0], name, *verbs[1:]]) for name in names]:
                if child.wait():
                    sys.exit(f"virsh {verbs[0]} failed")
            if verbs[0] == "start":
                wait("all are conditioned", lambda: [claims().get(f"domain {name}") for name in names] == ["active"] * domains)
            else:
                wait("no claim is left", lambda: not claims())
        count += domains
    after, span = Daemon(), time.monotonic() - begun
    print(f"{count} starts and stops, {domains} at once, in {span:.0f} s: CPU of the daemon {(after.cpu - before.cpu) / count:.0f} ms for "
          f"each, {(after.switches - before.switches) / count:.0f} wake-ups for each (status included, by which the end is seen); "
          f"resident before {resident} kB, after {after.resident()} kB, at most {after.field('VmHWM')} kB")


if __name__ == "__main__":
    {"in-turn": in_turn, "at-once": at_once}[sys.argv[1]](*map(int, sys.argv[2:]))

"""count.py SITUATION CPUS SECONDS FILE [GUEST]: counts what runs on these CPUs, from tracepoints, and adds it to FILE as a line of
JSON. The kernel counts in histograms, so nothing is lost, and nothing but this sleeping process is added to the load.

What is a guest's own: its vCPU threads. All other tasks are foreign, its emulator and vhost threads included.
"""
import collections
import json
import os
import re
import subprocess
import sys
import time

TRACING = "/sys/kernel/tracing"
INSTANCE = TRACING + "/instances/noise"
PF_NO_SETAFFINITY = 0x04000000
SOFTIRQS = "HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU".split()
# what other CPUs have done here: the functions that an IPI runs, seen by a probe on each that this kernel has
CALLED = ("flush_tlb_func do_flush_tlb_all do_kernel_range_flush rcu_exp_handler rcu_barrier_handler do_sync_core nohz_csd_func "
          "remote_function ipi_mb ipi_sync_core ipi_rseq ipi_sync_rq_state retrigger_next_event sched_ttwu_pending __hrtick_start "
          "loaded_vmcs_clear smp_call_function_single_async kick_ilb wakeup_softirqd tick_clock_notify "
          "cpuidle_state_kick_func do_nothing ack_flush svm_hardware_disable cpu_clear_call invalidate_bh_lru blk_mq_complete_request_remote "
          "__blk_mq_complete_request_remote rps_trigger_softirq trigger_napi drain_local_pages clock_was_set_work").split()

situation, cores, seconds, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
guest = sys.argv[5] if len(sys.argv) > 5 else ""


def cpus(text):
    return {cpu for part in text.split(",") for first, _, last in [part.partition("-")]
            for cpu in range(int(first), int(last or first) + 1)}


def put(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def get(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def bound(tid):
    """The kernel itself keeps this thread where it is."""
    try:
        stat = get(f"/proc/{tid}/stat")
        return bool(int(stat[stat.rindex(")") + 2:].split()[6]) & PF_NO_SETAFFINITY)
    except (OSError, ValueError):
        return None  # it has ended


def fixed(irq):
    """The kernel lets nobody move this interrupt: it refuses even to look at what is written."""
    try:
        put(f"/proc/irq/{irq}/smp_affinity_list", "x")
    except OSError as error:
        return error.errno != 22
    return False


cores = cpus(cores)
own = set()
if guest:
    text = subprocess.run(["guest", "threads", guest], capture_output=True, text=True, check=True).stdout
    own = {int(line.split("\t")[1]) for line in text.splitlines() if line.startswith("vcpu")}

EVENTS = {
    "switch": ("sched/sched_switch", "next_pid,next_comm"), "irq": ("irq/irq_handler_entry", "irq,name"),
    "softirq": ("irq/softirq_entry", "vec"), "tick": ("irq_vectors/local_timer_entry", "vector"),
    "reschedule": ("irq_vectors/reschedule_entry", "vector"), "call": ("irq_vectors/call_function_entry", "vector"),
    "call-single": ("irq_vectors/call_function_single_entry", "vector"), "irq-work": ("irq_vectors/irq_work_entry", "vector"),
    "work": ("workqueue/workqueue_execute_start", "function.sym"), "timer": ("timer/timer_expire_entry", "function.sym"),
    "hrtimer": ("timer/hrtimer_expire_entry", "function.sym")}
known = set(re.findall(r"\S+ [tT] (\S+)$", get("/proc/kallsyms"), re.MULTILINE))
if not os.path.isdir(INSTANCE):
    os.mkdir(INSTANCE)
armed = {}


def arm(name, path, keys, condition=""):
    trigger = f"hist:keys={keys},common_cpu:size=8192"
    try:
        put(f"{INSTANCE}/events/{path}/trigger", trigger + condition)
        armed[name] = (path, trigger)
    except OSError as error:
        print(f"not counted: {name} ({error})", file=sys.stderr)


for name, (path, keys) in EVENTS.items():
    arm(name, path, keys)
for function in sorted(known & set(CALLED)):
    try:
        put(TRACING + "/kprobe_events", f"p:noise/{function} {function}\n", "a")
        # a probe has no field that could be a key; only what runs in an interrupt counts, not a direct call
        arm("ipi:" + function, "noise/" + function, "common_pid.execname", " if common_flags & 8")
    except OSError:
        pass

begun = time.monotonic()
time.sleep(seconds)
counted = {name: get(f"{INSTANCE}/events/{path}/hist") for name, (path, _) in armed.items()}
span = time.monotonic() - begun

totals, causes = collections.Counter(), collections.Counter()
states = {}


def add(kind, what, number):
    totals[kind] += number
    causes[kind, what] += number


# one that has ended was a process of the load, or a kernel worker, which is called kworker/dying at its end
switched = re.findall(r"next_pid:\s*(\d+), next_comm: (.*?)\s*,? *common_cpu", counted["switch"])
bound_once = {tid for tid, comm in switched if re.match(r"(kworker/\d|ksoftirqd/|migration/|cpuhp/)", comm)}

for name, text in counted.items():
    for drop in re.findall(r"^\s*Dropped: (\d+)", text, re.MULTILINE):
        if int(drop):
            print(f"{name}: {drop} events had no room", file=sys.stderr)
    for line in text.splitlines():
        at = re.search(r"common_cpu:\s*(\d+) \} hitcount:\s*(\d+)", line)
        if not at or int(at.group(1)) not in cores:
            continue
        what, number = line[:at.start()].strip(" {,"), int(at.group(2))
        if name == "switch":
            tid, comm = re.match(r"next_pid:\s*(\d+), next_comm: (.*?)\s*,?\s*$", what).groups()
            if int(tid) in own or comm.startswith("swapper/"):
                continue
            state = bound(tid)
            stays = state if state is not None else tid in bound_once
            add("bound tasks" if stays else "movable tasks", re.sub(r"(/\d+)?[-:].*|\d+$", "", comm), number)
        elif name == "irq":
            irq, handler = re.match(r"irq:\s*(\d+), name: (.*?)\s*,?\s*$", what).groups()
            add("fixed interrupts" if fixed(irq) else "movable interrupts", re.sub(r"\s+", " ", handler), number)
        elif name == "softirq":
            add("softirqs", SOFTIRQS[int(re.search(r"\d+", what).group())], number)
        elif name == "tick":
            add("timer interrupts", "local timer", number)
        elif name in ("reschedule", "call", "call-single", "irq-work"):
            add("IPIs", name, number)
        elif name.startswith("ipi:"):
            causes["called", name[4:]] += number
        else:
            function = re.search(r"\]\s*(\S+)", what)
            causes[name, function.group(1) if function else what] += number

for name, (path, trigger) in armed.items():
    put(f"{INSTANCE}/events/{path}/trigger", "!" + trigger)
os.rmdir(INSTANCE)
put(TRACING + "/kprobe_events", "")
result = {"situation": situation, "seconds": span, "cores": len(cores), "totals": dict(totals),
          "causes": [[kind, what, number] for (kind, what), number in causes.most_common()]}
put(out, json.dumps(result) + "\n", "a")
print(f"{situation}: " + ", ".join(f"{kind} {number / span / len(cores):.2f}" for kind, number in totals.items()))

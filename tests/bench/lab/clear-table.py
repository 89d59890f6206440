"""clear-table.py SCRATCH: the tables of clear.sh, in Markdown."""
import collections
import os
import statistics
import sys

scratch = sys.argv[1]
NAMES = {
    "floor-cpuset": "the floor, by cpusets", "floor-kept": "the floor, by cpusets, masks left to the kernel",
    "floor-affinity": "the floor, by affinity alone",
    "acdr": "`acdrctl apply cleaner-cores`, whole command", "acdr-daemon": "… the daemon's part",
    "acdr-irq": "the same and `irq-ban`, whole command", "acdr-irq-daemon": "… the daemon's part",
    "tuned": "TuneD, `isolated_cores` alone", "tuned-profile": "TuneD, cpu-partitioning", "tuna": "`tuna --isolate`",
    "script": "systemctl, virsh, taskset", "acdrctl-version": "`acdrctl --version`"}
times = collections.defaultdict(list)
for line in open(f"{scratch}/times", encoding="utf-8"):
    count, tool, step, seconds = line.split()
    times[int(count), tool, step].append(float(seconds))
cleared = {}
for line in open(f"{scratch}/cleared", encoding="utf-8"):
    count, tool, tasks, irqs = line.split()
    cleared[int(count), tool] = (tasks, irqs)


def kind(line):
    first = line.split()[0]
    return {"kthread": "kernel threads", "thread": "threads", "cgroup": "cgroups", "irq": "interrupts"}.get(first, "settings")


def milliseconds(values):
    median, digits = statistics.median(values) * 1000, 0 if min(values) > 0.1 else 1
    return f"{median:,.{digits}f} ({min(values) * 1000:,.{digits}f} to {max(values) * 1000:,.{digits}f})"


def ratios(values, base):
    """Round by round, as what else the machine does is much the same within one: the median, and between what half of them are."""
    each = sorted(value / floor for value, floor in zip(values, base))
    if len(each) < 3:
        return f"{statistics.median(each):,.2f}"
    first, median, third = statistics.quantiles(each, n=4, method="inclusive")
    return f"{median:,.2f} ({first:,.2f} to {third:,.2f})"


for count in sorted({count for count, *_ in times} - {0}):
    print(f"\n{count} sleeping threads; milliseconds: median (least to most) of the rounds; ratios to the floors of the same round: "
          "median (half of them from and to)\n")
    print("| | rounds | clear | by cpusets | by affinity | restore | by cpusets | by affinity |")
    print("|---|---|---|---|---|---|---|---|")
    for tool, name in NAMES.items():
        cells = []
        for step in "clear", "restore":
            values = times.get((count, tool, step))
            if not values:
                cells += ["", "", ""]
                continue
            cells.append(milliseconds(values))
            for floor in "floor-cpuset", "floor-affinity":
                base = times.get((count, floor, step))
                cells.append(ratios(values, base) if base else "")
        if any(cells):
            print(f"| {name} | {len(times[count, tool, 'clear'])} | " + " | ".join(cells) + " |")
if times.get((0, "acdrctl-version", "clear")):
    print(f"\n`acdrctl --version`, which only starts and ends: {milliseconds(times[0, 'acdrctl-version', 'clear'])} ms")

print("\nWhat may still run on the cores once they are cleared, and what is not as it was after the restore; all rounds\n")
print("| threads | | movable tasks | movable interrupts | differences after the restore | of which |")
print("|---|---|---|---|---|---|")
examples = []
for count in sorted({count for count, *_ in times} - {0}):
    for tool, name in NAMES.items():
        rounds = [open(f"{scratch}/left/{file}", encoding="utf-8").read().splitlines() for file in sorted(os.listdir(f"{scratch}/left"))
                  if file.startswith(f"{count}.{tool}.")]
        if not rounds:
            continue
        numbers = sorted({len(lines) for lines in rounds})
        kinds = collections.Counter(kind(line) for line in rounds[-1])
        tasks, irqs = cleared.get((count, tool), ("", ""))
        print(f"| {count} | {name.removesuffix(', whole command')} | {tasks} | {irqs} | {' to '.join(map(str, numbers[:1] + numbers[1:][-1:]))} | "
              + ", ".join(f"{number} {what}" for what, number in kinds.most_common()) + " |")
        seen = collections.Counter()
        for line in rounds[-1]:
            seen[kind(line)] += 1
            if seen[kind(line)] <= 4:
                examples.append(f"{count} {tool}: {line[:150]}")
print("\nfor example")
print("\n".join(examples))

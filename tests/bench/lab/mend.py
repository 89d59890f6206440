"""mend.py BEFORE NOW: makes the host what it was in BEFORE again, from two files of host-state. So each tool begins on the same
host, whatever the one before it left behind. Does its best; host-state diff tells how good that was."""
import json
import os
import re
import sys


def cpus(text):
    return {cpu for part in (text or "").split(",") if part
            for first, _, last in [part.partition("-")] for cpu in range(int(first), int(last or first) + 1)}


def put(path, text):
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        pass


def hexadecimal(text):
    return f"{sum(1 << cpu for cpu in cpus(text)):x}"


def mend(before, now):
    root = "/sys/fs/cgroup"
    for name, old in sorted(before["cgroups"].items(), key=lambda item: item[0].count("/")):
        for file in "cpuset.cpus", "cpuset.mems":
            if file not in old or file not in now["cgroups"].get(name, {}) or old[file] == now["cgroups"][name][file]:
                continue
            # An empty one cannot be had again while it is populated: the wide set means the same.
            put(f"{root}{name}/{file}", old[file] or before["cgroups"]["/"][file + ".effective"])
    for name, old in before["threads"].items():
        if name in now["threads"] and not old["bound"] and now["threads"][name]["cpus"] != old["cpus"]:
            try:
                os.sched_setaffinity(int(name.split("@")[0]), cpus(old["cpus"]))
            except OSError:
                pass
    for irq, old in before["irqs"].items():
        if now["irqs"].get(irq) != old:
            put(f"/proc/irq/{irq}/smp_affinity_list", old["smp_affinity_list"] or "")
    put("/proc/irq/default_smp_affinity", hexadecimal(before["default_smp_affinity"]))
    for name, value in before["sysctl"].items():
        if now["sysctl"].get(name) != value:
            put("/proc/sys/" + name.replace(".", "/"), value)
    for section in "workqueue", "cpu", "memory", "block":
        for path, value in before[section].items():
            if now[section].get(path) == value:
                continue
            chosen = re.search(r"\[(.+?)\]", value)
            put("/" + path, hexadecimal(value) if path.endswith("cpumask") else chosen.group(1) if chosen else value)


mend(*(json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3]))

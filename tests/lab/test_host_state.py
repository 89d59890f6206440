#!/usr/bin/env python3
"""Unit tests of host-state, on small fixture trees: what is the same, and that everything else is told apart."""

import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout

SCRIPT = pathlib.Path(__file__).resolve().parent / "host-state"
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader("host_state", str(SCRIPT))
host_state = importlib.util.module_from_spec(importlib.util.spec_from_loader("host_state", LOADER))
LOADER.exec_module(host_state)


def stat_line(tid, comm, start, kthread=False, bound=False, nice=0, worker=False):
    flags = (host_state.PF_KTHREAD if kthread else 0) | (host_state.PF_NO_SETAFFINITY if bound else 0)
    flags |= host_state.PF_WQ_WORKER if worker else 0
    fields = ["S", 1, 0, 0, 0, -1, flags] + [0] * 9 + [nice, 1, 0, start] + [0] * 15 + [0, 0, 0, 0, 0, 0]
    fields[37], fields[38] = 0, 0
    return f"{tid} ({comm}) " + " ".join(map(str, fields)) + "\n"


class Tree:
    """A fake root: an 8-CPU, two-node host in a few files."""

    def __init__(self, directory):
        self.root = pathlib.Path(directory)
        self.write("proc/sys/kernel/random/boot_id", "b00t")
        self.write("proc/sys/kernel/osrelease", "6.1.0")
        self.write("proc/sys/kernel/numa_balancing", "1")
        self.write("proc/sys/kernel/ns_last_pid", "100")
        self.write("proc/sys/kernel/random/entropy_avail", "256")
        self.write("proc/sys/vm/stat_interval", "1")
        self.write("proc/sys/net/core/busy_poll", "0")
        self.write("proc/irq/default_smp_affinity", "ff")
        self.irq(45, "uplink0-TxRx-3", "0-7", "4")
        self.cgroup("/", **{"cpuset.cpus.effective": "0-7", "cpuset.mems.effective": "0-1", "cgroup.subtree_control": "cpuset cpu"})
        self.cgroup("/system.slice", cpus="", effective="0-7")
        self.cgroup("/system.slice/a.service")
        self.cgroup("/machine.slice", cpus="4-7", effective="4-7")
        self.thread(1, 1, "init (x) y", 1)
        self.thread(1, 9, "worker", 5)
        self.thread(87, 87, "kswapd0", 2, kthread=True, cpus="0-3")
        self.thread(16, 16, "ksoftirqd/0", 2, kthread=True, bound=True, cpus="0")
        self.thread(17, 17, "writeback", 2, kthread=True, bound=True, worker=True)
        self.write("sys/devices/virtual/workqueue/cpumask", "ff")
        self.write("sys/devices/virtual/workqueue/writeback/cpumask", "ff")
        self.write("sys/class/net/uplink0/queues/rx-0/rps_cpus", "00")
        self.write("sys/class/net/uplink0/queues/rx-0/rps_flow_cnt", "0")
        self.write("sys/class/net/uplink0/queues/tx-0/xps_cpus", "01")
        self.write("sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "0")
        self.write("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "schedutil")
        self.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never")
        self.write("sys/kernel/mm/ksm/run", "0")
        self.write("sys/fs/resctrl/schemata", "L3:0=fff")
        self.write("sys/block/vda/queue/rq_affinity", "1")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")

    def remove(self, path):
        (self.root / path).unlink()

    def irq(self, number, name, affinity, effective):
        self.write(f"proc/irq/{number}/smp_affinity_list", affinity)
        self.write(f"proc/irq/{number}/effective_affinity_list", effective)
        (self.root / f"proc/irq/{number}/{name}").mkdir(exist_ok=True)

    def cgroup(self, name, cpus=None, effective=None, **files):
        base = f"sys/fs/cgroup{name}"
        self.write(f"{base}/cgroup.procs", "")
        if cpus is not None:
            files.update({"cpuset.cpus": cpus, "cpuset.cpus.effective": effective, "cpuset.mems": "",
                          "cpuset.mems.effective": "0-1", "cpuset.cpus.partition": "member"})
        for file, value in files.items():
            self.write(f"{base}/{file}", value)

    def thread(self, pid, tid, comm, start, cpus="0-7", cgroup="/system.slice", **stat):
        base = f"proc/{pid}/task/{tid}"
        self.write(f"{base}/stat", stat_line(tid, comm, start, **stat).strip())
        self.write(f"{base}/status", f"Name:\t{comm}\nCpus_allowed:\tff\nCpus_allowed_list:\t{cpus}\nMems_allowed_list:\t0-1")
        self.write(f"{base}/cgroup", f"0::{cgroup}")

    def state(self):
        return host_state.Host(str(self.root)).state()


class HostStateTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.tree = Tree(directory.name)
        self.before = self.tree.state()

    def compare(self, **options):
        return host_state.Comparison(self.before, self.tree.state(), **options).run()

    def assert_same(self, **options):
        self.assertEqual(self.compare(**options).differences, [])

    def assert_differs(self, *lines, **options):
        self.assertEqual(self.compare(**options).differences, list(lines))

    # ---- the same

    def test_unchanged_host_is_the_same(self):
        self.assert_same()
        self.assert_same(strict=True)

    def test_counters_are_no_settings(self):
        self.tree.write("proc/sys/kernel/ns_last_pid", "200")
        self.tree.write("proc/sys/kernel/random/entropy_avail", "12")
        self.assert_same(strict=True)

    def test_empty_and_wide_cpuset_are_both_unrestricted(self):
        for value in "0-7", "0-255", "0-3,4-7":
            self.tree.write("sys/fs/cgroup/system.slice/cpuset.cpus", value)
            self.assert_same()

    def test_controller_switched_on_or_off_is_no_difference(self):
        self.tree.cgroup("/system.slice/a.service", cpus="", effective="0-7")
        self.tree.write("sys/fs/cgroup/system.slice/cgroup.subtree_control", "cpuset")
        self.assert_same()
        for file in "cpuset.cpus", "cpuset.cpus.effective", "cpuset.mems", "cpuset.mems.effective", "cpuset.cpus.partition":
            self.tree.remove(f"sys/fs/cgroup/system.slice/{file}")
        self.assert_same()

    def test_processes_kthreads_cgroups_and_devices_come_and_go(self):
        self.tree.thread(500, 500, "new", 99, cpus="2")
        self.tree.cgroup("/system.slice/b.service", cpus="2", effective="2")
        self.tree.write("sys/class/net/vnet0/queues/rx-0/rps_cpus", "00")
        (self.tree.root / "proc/87/task/87/stat").unlink()
        self.assert_same()
        self.assertEqual(len(self.compare(strict=True).differences), 4)

    def test_pid_used_again_is_another_thread(self):
        self.tree.thread(1, 9, "worker", 6, cpus="2")
        self.assert_same()

    def test_acdrs_own_service_and_slice_are_not_left_behind(self):
        self.tree.cgroup("/system.slice/acdrd.service")
        self.tree.cgroup("/acdr.slice")
        self.assert_same()

    def test_effective_irq_affinity_is_only_mentioned(self):
        self.tree.irq(45, "uplink0-TxRx-3", "0-7", "6")
        result = self.compare()
        self.assertEqual(result.differences, [])
        self.assertEqual(result.notes, ["irq 45 (uplink0-TxRx-3) effective_affinity_list: 4 -> 6"])

    def test_irqs_can_be_ignored(self):
        self.tree.irq(45, "uplink0-TxRx-3", "4", "4")
        self.assert_same(ignore_irqs=["uplink0-*"])
        self.assert_same(ignore_irqs=["45"])
        self.assert_same(ignore=["^irq "])
        self.assertEqual(len(self.compare(ignore_irqs=["virtio*"]).differences), 1)

    # ---- not the same

    def test_irq_affinity(self):
        self.tree.irq(45, "uplink0-TxRx-3", "4", "4")
        self.assert_differs("irq 45 (uplink0-TxRx-3) smp_affinity_list: 0-7 -> 4")

    def test_irq_gone(self):
        self.tree.irq(46, "x", "0", "0")
        self.assert_differs("irq 46: new")

    def test_default_irq_affinity(self):
        self.tree.write("proc/irq/default_smp_affinity", "0f")
        self.assert_differs("default_smp_affinity: 0-7 -> 0-3")

    def test_kthread_mask(self):
        self.tree.thread(87, 87, "kswapd0", 2, kthread=True, cpus="0-7")
        self.assert_differs("kthread 87 'kswapd0' cpus: 0-3 -> 0-7")

    def test_the_mask_of_a_work_queue_rescuer_is_the_kernels_own_business(self):
        self.tree.thread(17, 17, "writeback", 2, kthread=True, bound=True, worker=True, cpus="4,7")
        result = self.compare()
        self.assertEqual(result.differences, [])
        self.assertEqual(result.notes, ["kthread (bound) 17 'writeback', which the kernel binds, cpus: 0-7 -> 4,7"])

    def test_a_kthread_that_was_yet_to_be_bound(self):
        self.tree.thread(18, 18, "kworker/3:1", 2, kthread=True)
        self.before = self.tree.state()
        self.tree.thread(18, 18, "kworker/3:1", 2, kthread=True, bound=True, worker=True, cpus="3")
        result = self.compare()
        self.assertEqual(result.differences, [])
        self.assertEqual(result.notes, ["kthread 18 'kworker/3:1', which the kernel binds, cpus: 0-7 -> 3"])

    def test_bound_kthread_mask(self):
        self.tree.thread(16, 16, "ksoftirqd/0", 2, kthread=True, bound=True, cpus="1")
        self.assert_differs("kthread (bound) 16 'ksoftirqd/0' cpus: 0 -> 1")

    def test_thread_mask_cgroup_and_scheduling(self):
        self.tree.thread(1, 9, "worker", 5, cpus="0-1", cgroup="/x", nice=-5)
        self.assert_differs("thread 9 'worker' of process 1 cpus: 0-7 -> 0-1",
                            "thread 9 'worker' of process 1 cgroup: /system.slice -> /x",
                            "thread 9 'worker' of process 1 scheduling: policy 0 priority 0 nice 0 -> policy 0 priority 0 nice -5")

    def test_restricted_cpuset(self):
        self.tree.write("sys/fs/cgroup/system.slice/cpuset.cpus", "0-3")
        self.assert_differs("cgroup /system.slice cpuset.cpus: unrestricted -> 0-3")

    def test_cpuset_once_restricted_and_now_wide(self):
        self.tree.write("sys/fs/cgroup/machine.slice/cpuset.cpus", "0-7")
        self.assert_differs("cgroup /machine.slice cpuset.cpus: 4-7 -> unrestricted")

    def test_effective_cpuset_is_exact(self):
        self.tree.write("sys/fs/cgroup/system.slice/cpuset.cpus.effective", "0-5")
        self.assert_differs("cgroup /system.slice cpuset.cpus.effective: 0-7 -> 0-5",
                            "cgroup /system.slice/a.service cpuset.cpus.effective: 0-7 -> 0-5")

    def test_controller_switched_off_takes_a_restriction_along(self):
        for file in "cpuset.cpus", "cpuset.cpus.effective":
            self.tree.remove(f"sys/fs/cgroup/machine.slice/{file}")
        self.assert_differs("cgroup /machine.slice cpuset.cpus: 4-7 -> unrestricted",
                            "cgroup /machine.slice cpuset.cpus.effective: 4-7 -> 0-7")

    def test_memory_nodes(self):
        self.tree.write("sys/fs/cgroup/machine.slice/cpuset.mems", "1")
        self.assert_differs("cgroup /machine.slice cpuset.mems: unrestricted -> 1")

    def test_partition_and_exclusive_left_behind(self):
        self.tree.write("sys/fs/cgroup/machine.slice/cpuset.cpus.partition", "isolated invalid (x)")
        self.tree.write("sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive", "6-7")
        self.assert_differs("cgroup /machine.slice cpuset.cpus.exclusive: nothing -> 6-7",
                            "cgroup /machine.slice cpuset.cpus.partition: member -> isolated invalid (x)")

    def test_other_controllers(self):
        self.tree.write("sys/fs/cgroup/cgroup.subtree_control", "cpuset cpu io")
        self.assert_differs("cgroup / cgroup.subtree_control: cpu -> cpu io")

    def test_cgroup_left_behind(self):
        self.tree.cgroup("/acdr-host", cpus="2-3", effective="2-3")
        self.tree.cgroup("/acdr.slice/acdr-x.slice")
        self.tree.cgroup("/system.slice/acdrd.service/old")
        self.assert_differs("cgroup /acdr-host: left behind by acdr", "cgroup /acdr.slice/acdr-x.slice: left behind by acdr",
                            "cgroup /system.slice/acdrd.service/old: left behind by acdr")

    def test_every_plain_setting(self):
        for path, value, line in (
                ("proc/sys/kernel/numa_balancing", "0", "sysctl kernel.numa_balancing: 1 -> 0"),
                ("proc/sys/vm/stat_interval", "10", "sysctl vm.stat_interval: 1 -> 10"),
                ("proc/sys/net/core/busy_poll", "50", "sysctl net.core.busy_poll: 0 -> 50"),
                ("sys/devices/virtual/workqueue/cpumask", "0f",
                 "workqueue sys/devices/virtual/workqueue/cpumask: 0-7 -> 0-3"),
                ("sys/devices/virtual/workqueue/writeback/cpumask", "0f",
                 "workqueue sys/devices/virtual/workqueue/writeback/cpumask: 0-7 -> 0-3"),
                ("sys/class/net/uplink0/queues/rx-0/rps_cpus", "f0", "net uplink0 rx-0/rps_cpus: nothing -> 4-7"),
                ("sys/class/net/uplink0/queues/rx-0/rps_flow_cnt", "32", "net uplink0 rx-0/rps_flow_cnt: 0 -> 32"),
                ("sys/class/net/uplink0/queues/tx-0/xps_cpus", "ff", "net uplink0 tx-0/xps_cpus: 0 -> 0-7"),
                ("sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "8",
                 "hugepages sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages: 0 -> 8"),
                ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "performance",
                 "cpu sys/devices/system/cpu/cpufreq/policy0/scaling_governor: schedutil -> performance"),
                ("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]",
                 "memory sys/kernel/mm/transparent_hugepage/enabled: always [madvise] never -> always madvise [never]"),
                ("sys/kernel/mm/ksm/run", "1", "memory sys/kernel/mm/ksm/run: 0 -> 1"),
                ("sys/block/vda/queue/rq_affinity", "2", "block sys/block/vda/queue/rq_affinity: 1 -> 2"),
                ("sys/fs/resctrl/schemata", "L3:0=0ff", "resctrl group . schemata: L3:0=fff -> L3:0=0ff")):
            with self.subTest(path):
                old = (self.tree.root / path).read_text(encoding="utf-8").strip()
                self.tree.write(path, value)
                self.assert_differs(line)
                self.tree.write(path, old)
                self.assert_same()

    def test_missing_setting_is_a_difference(self):
        self.tree.remove("proc/sys/vm/stat_interval")
        self.assert_differs("sysctl vm.stat_interval: gone")

    def test_resctrl_group_left_behind(self):
        self.tree.write("sys/fs/resctrl/vm/schemata", "L3:0=00f")
        self.assert_differs("resctrl group vm: new")

    def test_reboot(self):
        self.tree.write("proc/sys/kernel/random/boot_id", "other")
        self.assert_differs("boot: b00t -> other")

    def test_irqbalance(self):
        after = self.tree.state()
        for old, new, lines in (
                (None, {"banned_cpus": ""}, ["irqbalance: not reachable -> reachable"]),
                ({"banned_cpus": ""}, None, ["irqbalance: reachable -> not reachable"]),
                ({"banned_cpus": ""}, {"banned_cpus": "2-3"}, ["irqbalance banned_cpus: nothing -> 2-3"])):
            self.before["irqbalance"], after["irqbalance"] = old, new
            self.assertEqual(host_state.Comparison(self.before, after).run().differences, lines)

    # ---- sets, and the command

    def test_cpu_sets(self):
        self.assertEqual(host_state.format_list(host_state.parse_list("0-3,8,10-11\n")), "0-3,8,10-11")
        self.assertEqual(host_state.mask_to_list("00000003,80000000"), "31-33")
        self.assertEqual(host_state.mask_to_list("00"), "")

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, "-B", str(SCRIPT), *arguments], capture_output=True, text=True, check=False)

    def test_command(self):
        root = str(self.tree.root)
        with tempfile.TemporaryDirectory() as directory:
            before, after = (os.path.join(directory, name) for name in ("before", "after"))
            self.assertEqual(self.run_script("save", "--root", root, before).returncode, 0)
            self.tree.irq(45, "uplink0-TxRx-3", "4", "4")
            self.assertEqual(self.run_script("save", "--root", root, after).returncode, 0)
            same = self.run_script("diff", before, before)
            self.assertEqual((same.returncode, same.stdout), (0, ""))
            differs = self.run_script("diff", before, after)
            self.assertEqual((differs.returncode, differs.stdout), (1, "irq 45 (uplink0-TxRx-3) smp_affinity_list: 0-7 -> 4\n"))

    def test_what_is_no_state_never_compares_equal(self):
        with tempfile.TemporaryDirectory() as directory:
            for content in "", "{}", "[]", '{"format": 1}', json.dumps({**self.before, "format": 2}):
                file = os.path.join(directory, "x")
                pathlib.Path(file).write_text(content, encoding="utf-8")
                with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
                    self.assertEqual(host_state.main(["diff", file, file]), 2, content)
            with redirect_stderr(io.StringIO()):
                self.assertEqual(host_state.main(["diff", "/nonexistent", "/nonexistent"]), 2)

    def test_an_empty_root_is_no_host(self):
        with tempfile.TemporaryDirectory() as directory, redirect_stderr(io.StringIO()):
            self.assertEqual(host_state.main(["save", "--root", directory, os.path.join(directory, "x")]), 2)
            self.assertFalse(os.path.exists(os.path.join(directory, "x")))


if __name__ == "__main__":
    unittest.main()

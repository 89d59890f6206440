// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace acdr {

/// How the scheduler treats a thread (struct sched_attr of sched_setattr(2)).
struct Scheduling {
  std::uint32_t policy = 0;          ///< SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR
  bool reset_on_fork = false;        ///< SCHED_FLAG_RESET_ON_FORK
  std::int32_t nice = 0;             ///< of the fair policies
  std::uint32_t priority = 0;        ///< 1-99 of the real-time policies
  std::chrono::nanoseconds slice{};  ///< of the fair policies (Linux 6.12); 0 is the kernel's own

  friend bool operator==(const Scheduling&, const Scheduling&) = default;
  /// "other", "other nice -5 slice 3000000ns", "fifo 10", "rr 5 reset-on-fork".
  [[nodiscard]] std::string to_string() const;
  /// The inverse. Error (usage): not such a text.
  [[nodiscard]] static Result<Scheduling> parse(std::string_view text);
};

/// A rule of a NIC: packets to this address come to this queue.
struct FlowRule {
  unsigned location = 0;  ///< where in the NIC's table; not for the maker of a rule to choose
  std::string address;    ///< destination MAC, lower case
  unsigned queue = 0;
  friend bool operator==(const FlowRule&, const FlowRule&) = default;
};

/// What is locked stays so as long as this lives.
class HostLock {
 public:
  HostLock() = default;
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;
  virtual ~HostLock() = default;
};

/// The system calls a host is read and changed with. Everything above it sees only paths below a host root, so that a
/// recorded machine or a fake one in a test stands in for the live one.
class HostAccess {
 public:
  HostAccess() = default;
  HostAccess(const HostAccess&) = delete;
  HostAccess& operator=(const HostAccess&) = delete;
  virtual ~HostAccess() = default;

  /// The whole of a file. `path` is relative to the host root, without a leading slash
  /// ("proc/irq/4/smp_affinity_list"). Errors carry errno; ENOENT maps to not_found.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  /// One write(2) of the text, as kernel files want it. Errors carry errno.
  [[nodiscard]] virtual Status write(const std::string& path, std::string_view text) = 0;
  /// The entries of a directory, sorted; directories end in '/'. Empty if there is no such directory.
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& path) const = 0;
  /// Whether the directory may have others in it. Kernel file systems tell by the number of its links, which saves a
  /// look at the whole of it.
  [[nodiscard]] virtual bool has_folders(const std::string& /*path*/) const { return true; }
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
  /// The last component of what a symbolic link points at; "" if it is none.
  [[nodiscard]] virtual std::string link_name(const std::string& path) const = 0;
  /// Whether the kernel refuses every affinity for this IRQ (managed or not steerable). Asks without changing anything:
  /// irq_affinity_proc_write (kernel/irq/proc.c) looks at that before it parses the text, so a text that cannot be
  /// parsed is EIO (EPERM from 6.12 on, where the file is also 0444) for a fixed IRQ and EINVAL for a movable one.
  [[nodiscard]] virtual bool irq_is_fixed(unsigned irq) const = 0;

  /// sched_getaffinity(2), which shows online CPUs only, and sched_setaffinity(2) of one thread. ESRCH maps to
  /// not_found.
  [[nodiscard]] virtual Result<CpuSet> affinity(int tid) const = 0;
  /// Whether it is this; false where the thread is gone. For ten thousand threads of which hardly any has another; may
  /// be called by several threads at a time.
  [[nodiscard]] virtual bool has_affinity(int tid, const CpuSet& cpus) const {
    const auto found = affinity(tid);
    return found && *found == cpus;
  }
  [[nodiscard]] virtual Status set_affinity(int tid, const CpuSet& cpus) = 0;

  /// sched_getattr(2) / sched_setattr(2) of one thread. ESRCH maps to not_found.
  [[nodiscard]] virtual Result<Scheduling> scheduling(int tid) const = 0;
  [[nodiscard]] virtual Status set_scheduling(int tid, const Scheduling& scheduling) = 0;
  /// Whether sched_setattr(2) takes a slice for each fair task: then sched_getattr(2) shows one (Linux 6.12).
  [[nodiscard]] virtual bool has_task_slices() const = 0;

  /// Rules of a NIC (ethtool's ntuple) that go by the destination address alone. Error where it takes none: EOPNOTSUPP.
  [[nodiscard]] virtual Result<std::vector<FlowRule>> flow_rules(const std::string& interface) const;
  [[nodiscard]] virtual Status add_flow_rule(const std::string& interface, const FlowRule& rule);
  [[nodiscard]] virtual Status remove_flow_rule(const std::string& interface, unsigned location);
  /// Whether the rules count (ethtool -k: ntuple-filters). Error where they are off and cannot be turned on:
  /// EOPNOTSUPP.
  [[nodiscard]] virtual Result<bool> flow_steering(const std::string& interface) const;
  [[nodiscard]] virtual Status set_flow_steering(const std::string& interface, bool on);

  /// Takes a kernel module out and loads it again with this parameter, its others as they are. Takes seconds, and fails
  /// while the module is in use.
  [[nodiscard]] virtual Status reload_module(const std::string& module, const std::string& parameter,
                                             const std::string& value);

  /// mkdir(2) and rmdir(2) below a kernel file system (resctrl). Errors carry errno.
  [[nodiscard]] virtual Status make_directory(const std::string& path);
  [[nodiscard]] virtual Status remove_directory(const std::string& path);
  /// An exclusive flock(2) on a directory, as programs take it that change a kernel file system together. Never waits:
  /// EAGAIN while another program has it.
  [[nodiscard]] virtual Result<std::unique_ptr<HostLock>> lock_directory(const std::string& path);

  /// Sends one command to irqbalance's unix socket and returns its answer ("" for settings).
  [[nodiscard]] virtual Result<std::string> ask_irqbalance(const std::string& socket, std::string_view command) = 0;

  /// Whether writes can be made at all (false for recorded machines).
  [[nodiscard]] virtual bool live() const = 0;
};

/// The mask of a thread as /proc/TID/status has it, CPUs that are offline among it.
[[nodiscard]] Result<CpuSet> allowed_cpus(const HostAccess& host, int tid);

/// This machine. `slow` is called before something that takes seconds.
[[nodiscard]] std::unique_ptr<HostAccess> live_access(std::function<void()> slow = {});
/// A recorded machine below `root`; never leaves it, whatever links it holds; every write fails.
[[nodiscard]] std::unique_ptr<HostAccess> recorded_access(const std::filesystem::path& root);

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "fuzz/harness.hpp"
#include "host/knob_store.hpp"
#include "host/snapshot.hpp"
#include "support/topologies.hpp"

namespace acdr::fuzz {
namespace {

/// A host whose every file holds the same text, and every folder the same entries.
class SameTextHost final : public HostAccess {
 public:
  SameTextHost(std::string text, std::vector<std::string> entries)
      : text_(std::move(text)), entries_(std::move(entries)) {}
  [[nodiscard]] Result<std::string> read(const std::string& /*path*/) const override { return text_; }
  [[nodiscard]] Status write(const std::string& /*path*/, std::string_view /*text*/) override { return {}; }
  /// Folders end at some depth, as they do in a kernel.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const override {
    constexpr std::ptrdiff_t deepest = 6;
    return std::ranges::count(path, '/') < deepest ? entries_ : std::vector<std::string>();
  }
  [[nodiscard]] bool exists(const std::string& path) const override { return path.find("_requested") == path.npos; }
  [[nodiscard]] std::string link_name(const std::string& /*path*/) const override { return text_.substr(0, 16); }
  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override { return irq % 2 == 0; }
  [[nodiscard]] Result<CpuSet> affinity(int /*tid*/) const override { return CpuSet{1}; }
  [[nodiscard]] Status set_affinity(int /*tid*/, const CpuSet& /*cpus*/) override { return {}; }
  [[nodiscard]] Result<Scheduling> scheduling(int /*tid*/) const override { return Scheduling(); }
  [[nodiscard]] Status set_scheduling(int /*tid*/, const Scheduling& /*scheduling*/) override { return {}; }
  [[nodiscard]] bool has_task_slices() const override { return true; }
  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& /*socket*/, std::string_view command) override {
    return command == "setup" ? text_ : std::string();
  }
  [[nodiscard]] bool live() const override { return true; }

 private:
  std::string text_;
  std::vector<std::string> entries_;
};

std::vector<KnobId> one_of_each_kind(const StatLine* stat) {
  const std::string thread = ThreadId{1, stat == nullptr ? 0 : stat->start_time}.to_string();
  return {{KnobKind::cgroup_cpus, "a"},
          {KnobKind::cgroup_mems, "a"},
          {KnobKind::cgroup_exclusive, "a"},
          {KnobKind::cgroup_partition, "a"},
          {KnobKind::irq_affinity, "4"},
          {KnobKind::irq_default_affinity, ""},
          {KnobKind::workqueue_mask, "unbound"},
          {KnobKind::irqbalance_banned, "700"},
          {KnobKind::huge_pages, "0:2MiB"},
          {KnobKind::queue_rps, "eth0:rx-0"},
          {KnobKind::queue_flows, "eth0:rx-0"},
          {KnobKind::flow_table, ""},
          {KnobKind::sysctl, "kernel.numa_balancing"},
          {KnobKind::sysfs, "kernel/mm/ksm/run"},
          {KnobKind::kthread_affinity, thread},
          {KnobKind::thread_affinity, thread}};
}

/// What was read can be written, stored, and is then what was read.
void promise_knobs(SameTextHost& host, const StatLine* stat) {
  Topology topology;
  topology.possible = CpuSet::range(0, 7);
  topology.online = CpuSet::range(0, 6);
  KnobStore knobs(host, topology);
  for (const auto& knob : one_of_each_kind(stat)) {
    const auto value = knobs.read(knob);
    promise_plain_error(value);
    static_cast<void>(knobs.kernel_values(knob));
    if (!value) continue;
    promise(parse_knob_value(serialise(*value)) == *value, "a value in the ledger is the value");
    promise_plain_error(knobs.write(knob, *value));
    promise(knobs.read(knob).has_value(), "what could be read can be read again");
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size() && lines.size() < 3;) {
    const auto end = std::min(text.find('\n', start), text.size());
    if (end > start && text[start] != '/') lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

/// The first piece is what files hold, the second the names in folders, a line each.
void kernel_texts(std::string_view input) {
  const auto [text, names] = pieces<2>(input);
  const auto stat = StatLine::parse(text);
  promise_plain_error(stat);
  if (stat) promise(text.find('(' + stat->name + ')') != text.npos, "a thread's name stands between parentheses");
  SameTextHost host(text, lines_of(names));
  const auto snapshot =
      read_snapshot(host, test::make_topology({.packages = 2, .cores_per_cache = 4}), std::set<int>{1, 2});
  promise(std::ranges::is_sorted(snapshot.irqs, {}, &IrqState::number), "interrupts are in order");
  promise_knobs(host, stat ? &*stat : nullptr);
}

}  // namespace acdr::fuzz

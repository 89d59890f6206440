// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob.hpp"

#include <array>
#include <charconv>

#include "base/printable.hpp"

namespace acdr {
namespace {

struct KindName {
  KnobKind kind;
  std::string_view prefix;
  std::string_view suffix;
};
// The default affinity stands before the numbered IRQs: "irq:default:affinity" would parse as both.
constexpr std::array kind_names{
    KindName{KnobKind::module_parameter, "module:", ""},
    KindName{KnobKind::huge_pages, "hugepages:node", ""},
    KindName{KnobKind::cgroup_mems, "cgroup:", ":mems"},
    KindName{KnobKind::queue_rps, "net:", ":rps"},
    KindName{KnobKind::queue_xps, "net:", ":xps"},
    KindName{KnobKind::flow_table, "rfs:", "entries"},
    KindName{KnobKind::queue_flows, "net:", ":flows"},
    KindName{KnobKind::flow_steering, "net:", ":ntuple"},
    KindName{KnobKind::flow_rule, "net:", ":flow"},
    KindName{KnobKind::cache_group, "resctrl:", ":group"},
    KindName{KnobKind::cache_share, "resctrl:", ""},
    KindName{KnobKind::balloon_polling, "balloon:", ":polling"},
    KindName{KnobKind::balloon_size, "balloon:", ":size"},
    KindName{KnobKind::sysctl, "sysctl:", ""},
    KindName{KnobKind::sysfs, "sysfs:", ""},
    KindName{KnobKind::thread_policy, "thread:", ":policy"},
    KindName{KnobKind::irqbalance_banned, "irqbalance:", ":banned"},
    KindName{KnobKind::irq_default_affinity, "irq:default", ":affinity"},
    KindName{KnobKind::cgroup_cpus, "cgroup:", ":cpus"},
    KindName{KnobKind::cgroup_exclusive, "cgroup:", ":exclusive"},
    KindName{KnobKind::cgroup_partition, "cgroup:", ":partition"},
    KindName{KnobKind::workqueue_mask, "workqueue:", ":cpus"},
    KindName{KnobKind::irq_affinity, "irq:", ":affinity"},
    KindName{KnobKind::kthread_affinity, "kthread:", ":affinity"},
    KindName{KnobKind::thread_affinity, "thread:", ":affinity"},
};

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string KnobId::to_string() const {
  for (const auto& name : kind_names)
    if (name.kind == kind) return fmt::format("{}{}{}", name.prefix, object, name.suffix);
  return object;
}

Result<KnobId> KnobId::parse(std::string_view text) {
  for (const auto& name : kind_names) {
    if (text.size() < name.prefix.size() + name.suffix.size()) continue;
    if (!text.starts_with(name.prefix) || !text.ends_with(name.suffix)) continue;
    text.remove_prefix(name.prefix.size());
    text.remove_suffix(name.suffix.size());
    return KnobId{name.kind, std::string(text)};
  }
  return failure(ErrorKind::usage, "'{}' is not the name of a knob", printable(text));
}

std::string to_text(const KnobValue& value) {
  if (const auto* cpus = std::get_if<CpuSet>(&value)) return fmt::format("{}", *cpus);
  if (const auto* nodes = std::get_if<NodeSet>(&value)) return fmt::format("{}", *nodes);
  if (const auto* count = std::get_if<Count>(&value)) return fmt::format("{}", count->value);
  if (const auto* ways = std::get_if<CacheWays>(&value)) return ways->to_string();
  return std::get<std::string>(value);
}

std::string serialise(const KnobValue& value) {
  if (const auto* cpus = std::get_if<CpuSet>(&value)) return "cpus=" + cpus->to_list();
  if (const auto* nodes = std::get_if<NodeSet>(&value)) return "nodes=" + nodes->to_list();
  if (const auto* count = std::get_if<Count>(&value)) return fmt::format("count={}", count->value);
  if (const auto* ways = std::get_if<CacheWays>(&value)) return "ways=" + ways->to_string();
  return "word=" + std::get<std::string>(value);
}

Result<KnobValue> parse_knob_value(std::string_view text) {
  if (text.starts_with("word=")) return KnobValue(std::string(text.substr(5)));
  if (text.starts_with("cpus=")) {
    ACDR_TRY(auto cpus, CpuSet::parse_list(text.substr(5)));
    return KnobValue(std::move(cpus));
  }
  if (text.starts_with("nodes=")) {
    ACDR_TRY(auto nodes, NodeSet::parse_list(text.substr(6)));
    return KnobValue(std::move(nodes));
  }
  if (text.starts_with("ways=")) {
    ACDR_TRY(auto ways, CacheWays::parse(text.substr(5)));
    return ways;
  }
  Count count;
  if (text.starts_with("count=") && parse_number(text.substr(6), count.value)) return KnobValue(count);
  return failure(ErrorKind::failed, "'{}' is not a knob value", printable(text));
}

std::string ThreadId::to_string() const {
  return std::to_string(tid).append(1, '@').append(std::to_string(start_time));
}

Result<ThreadId> ThreadId::parse(std::string_view text) {
  const auto at = text.find('@');
  ThreadId id;
  if (at == std::string_view::npos || !parse_number(text.substr(0, at), id.tid) ||
      !parse_number(text.substr(at + 1), id.start_time))
    return failure(ErrorKind::usage, "'{}' is not a thread id such as 87@1234", printable(text));
  return id;
}

}  // namespace acdr

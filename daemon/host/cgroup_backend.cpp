// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

std::string path_of(const KnobId& knob) {
  switch (knob.kind) {
    case KnobKind::cgroup_partition:
      return cgroup_file(knob.object, "cpuset.cpus.partition");
    case KnobKind::cgroup_mems:
      return cgroup_file(knob.object, "cpuset.mems");
    case KnobKind::cgroup_exclusive:
      return cgroup_file(knob.object, "cpuset.cpus.exclusive");
    default:
      return cgroup_file(knob.object, "cpuset.cpus");
  }
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

class CgroupBackend final : public KnobBackend {
 public:
  CgroupBackend(HostAccess& host, CpuSet possible) : host_(host), possible_(std::move(possible)) {}

  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::cgroup_cpus, KnobKind::cgroup_mems, KnobKind::cgroup_exclusive, KnobKind::cgroup_partition};
  }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string text, host_.read(path_of(knob)));
    if (knob.kind == KnobKind::cgroup_partition) return KnobValue(first_line(text));
    if (knob.kind == KnobKind::cgroup_mems) return read_mems(text);
    ACDR_TRY(CpuSet cpus, CpuSet::parse_list(text));
    // An empty cpuset.cpus means "whatever the parent has", which is what the widest set means too; and a populated
    // cgroup takes only the latter once it has had a set (ENOSPC). So both are the same value here.
    if (knob.kind == KnobKind::cgroup_cpus && (cpus.empty() || possible_.subset_of(cpus))) return KnobValue(possible_);
    return KnobValue(std::move(cpus));
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    if (const auto* word = std::get_if<std::string>(&value)) {
      // An invalid partition that is told to be one stays invalid: it must be none first.
      if (*word != "member" && !kernel_values(knob).empty()) ACDR_CHECK(host_.write(path_of(knob), "member\n"));
      return host_.write(path_of(knob), *word + "\n");
    }
    if (const auto* nodes = std::get_if<NodeSet>(&value)) return host_.write(path_of(knob), nodes->to_list() + "\n");
    // An empty write would not reach the kernel at all: the set is emptied by a newline.
    return host_.write(path_of(knob), std::get<CpuSet>(value).to_list() + "\n");
  }

  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override { return {path_of(knob)}; }

  /// "isolated invalid (Cpu list in cpuset.cpus not exclusive)": a partition whose last CPU goes offline, or that
  /// otherwise no longer can be one (Documentation/admin-guide/cgroup-v2.rst).
  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const override {
    if (knob.kind != KnobKind::cgroup_partition) return {};
    auto now = read(knob);
    if (!now || !std::get<std::string>(*now).starts_with("isolated invalid")) return {};
    return {std::move(*now)};
  }

 private:
  /// As with CPUs, an empty set and the widest one mean the same.
  [[nodiscard]] Result<KnobValue> read_mems(const std::string& text) const {
    ACDR_TRY(NodeSet nodes, NodeSet::parse_list(text));
    ACDR_TRY(const std::string widest, host_.read(cgroup_file("", "cpuset.mems.effective")));
    ACDR_TRY(NodeSet all, NodeSet::parse_list(widest));
    return KnobValue(nodes.empty() || all.subset_of(nodes) ? std::move(all) : std::move(nodes));
  }

  HostAccess& host_;
  CpuSet possible_;
};

}  // namespace

std::unique_ptr<KnobBackend> cgroup_backend(HostAccess& host, const CpuSet& possible) {
  return std::make_unique<CgroupBackend>(host, possible);
}

}  // namespace acdr

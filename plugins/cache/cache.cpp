// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/cache/cache.hpp"

#include <algorithm>

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "cache",
    "A share of the L3 cache, or of the memory bandwidth, for the subject's cores",
    {{"ways", ParameterType::integer, {}, 1, 31, {}, "How many ways of each L3 cache that the claim's cores use"},
     {"bandwidth", ParameterType::integer, {}, 1, 100, {}, "At most this much of the memory bandwidth, in percent"},
     {"exclusive",
      ParameterType::boolean,
      true,
      {},
      {},
      {},
      "Whether the ways are the claim's alone: taken from the host, and given to no other claim"}}};

std::optional<unsigned> number(const PlanRequest& request, const std::string& name) {
  const auto* value = parameter<std::int64_t>(request.parameters, name);
  return value == nullptr ? std::nullopt : std::optional(static_cast<unsigned>(*value));
}

/// What is asked for and cannot be had, with the same reason for each.
void say_none(const PlanRequest& request, const std::string& reason, const std::string& remedy, Plan& plan) {
  if (number(request, "ways")) plan.residuals.push_back({"no share of the L3 cache is given", reason, remedy});
  if (number(request, "bandwidth"))
    plan.residuals.push_back({"no share of the memory bandwidth is given", reason, remedy});
}

/// Why nothing at all can be had of this host. True if so.
bool is_unsupported(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
  if (!host.has_resctrl)
    say_none(request, "unsupported: this host has no resctrl",
             "none if the processor has no cache or bandwidth allocation; else a kernel with CONFIG_X86_CPU_RESCTRL",
             plan);
  else if (!host.cache_control)
    say_none(request, "unsupported: resctrl is not mounted",
             "mount -t resctrl resctrl /sys/fs/resctrl, and apply the class anew", plan);
  else if (host.cache_control->code_and_data)
    say_none(request, "unsupported: resctrl is mounted with cdp, which parts the cache into code and data",
             "mount it without cdp, and apply the class anew", plan);
  else if (request.allocation.cores.empty())
    say_none(request, "a share goes with cores, and the claim has none of its own",
             "add dedicated-cores or cleaner-cores to the class", plan);
  else if (!request.allocation.cache)
    say_none(request, "resctrl was not there when the claim was made", "apply the class anew", plan);
  else
    return false;
  return true;
}

/// As the kernel rounds it.
unsigned possible_bandwidth(unsigned percent, const CacheControl& control) {
  const unsigned step = control.bandwidth_step;
  return std::min(100U, std::max(*control.least_bandwidth, (percent + step - 1) / step * step));
}

/// libvirt's group of a domain's vCPUs, as it names them after its machine: "qemu-3-web1-vcpus_0-1".
bool is_group_of(const std::string& group, const DomainDefinition& domain) {
  return group.starts_with("qemu-") && group.contains("-" + domain.name + "-vcpus_");
}

class Cache final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition*, const HostSnapshot&,
                              Demand& demand) const override {
    const auto* ways = parameter<std::int64_t>(parameters, "ways");
    const auto* exclusive = parameter<bool>(parameters, "exclusive");
    if (ways == nullptr && parameter<std::int64_t>(parameters, "bandwidth") == nullptr)
      return failure(Error(ErrorKind::usage, "cache: nothing to share out was named", "give ways, bandwidth or both"));
    demand.cache = CacheDemand{ways == nullptr ? 0 : static_cast<unsigned>(*ways), exclusive == nullptr || *exclusive};
    return {};
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    if (is_unsupported(request, host, plan)) return plan;
    const CacheControl& control = *host.cache_control;
    const CacheReserve& reserve = *request.allocation.cache;
    // What is not asked for is as the default group has it, so that a group takes nothing from anybody by the way.
    CacheGroup group = control.groups.contains("") ? control.groups.at("") : CacheGroup();
    // The kernel takes none that are offline into a group.
    group.cpus = (request.allocation.cores & host.topology.online) - request.handed_over;
    const bool has_ways = give_ways(request, control, group, plan);
    const bool has_bandwidth = give_bandwidth(request, control, group, plan);
    if (!has_ways && !has_bandwidth) return plan;
    plan.wishes.push_back({{KnobKind::cache_group, fmt::format("{}{}", cache_group_prefix, request.handle)},
                           Equal{group.to_string()},
                           request.why});
    if (has_ways && reserve.exclusive)
      plan.wishes.push_back({{KnobKind::cache_share, "/:L3"}, ExcludeWays{reserve.ways}, request.why});
    // The default group's other ways may change with these wishes, and the group's follow them.
    plan.unfinished = std::ranges::any_of(group.l3.masks,
                                          [&](const auto& entry) { return !reserve.ways.masks.contains(entry.first); });
    name_others(request, control, plan);
    return plan;
  }

 private:
  static bool give_ways(const PlanRequest& request, const CacheControl& control, CacheGroup& group, Plan& plan) {
    if (!number(request, "ways")) return false;
    const auto& ways = request.allocation.cache->ways.masks;
    if (!control.l3_ways || ways.empty())
      plan.residuals.push_back({"no share of the L3 cache is given",
                                "unsupported: this processor shares out no L3 cache, only memory bandwidth",
                                "leave ways out of the class"});
    for (const auto& [cache, mask] : ways) group.l3.masks[cache] = mask;
    return control.l3_ways && !ways.empty();
  }

  static bool give_bandwidth(const PlanRequest& request, const CacheControl& control, CacheGroup& group, Plan& plan) {
    const auto percent = number(request, "bandwidth");
    if (!percent) return false;
    if (!control.least_bandwidth || !control.bandwidth_in_percent) {
      plan.residuals.push_back({"no share of the memory bandwidth is given",
                                control.least_bandwidth ? "unsupported: here bandwidth is not shared out in percent"
                                                        : "unsupported: this processor shares out no memory bandwidth",
                                control.least_bandwidth
                                    ? "mount resctrl without mba_MBps; AMD processors have no percent"
                                    : "leave bandwidth out of the class"});
      return false;
    }
    const unsigned possible = possible_bandwidth(*percent, control);
    if (possible != *percent)
      plan.residuals.push_back({fmt::format("the memory bandwidth is {} percent, not {}", possible, *percent),
                                fmt::format("the processor shares it out from {} on, in steps of {}",
                                            *control.least_bandwidth, control.bandwidth_step),
                                ""});
    for (const auto& [cache, cpus] : control.caches)
      if (cpus.intersects(request.allocation.cores) && group.bandwidth.contains(cache))
        group.bandwidth[cache] = possible;
    return true;
  }

  /// Groups of others that came after the claim, and those that have the domain's tasks.
  static void name_others(const PlanRequest& request, const CacheControl& control, Plan& plan) {
    const CacheReserve& reserve = *request.allocation.cache;
    for (const auto& [name, group] : control.groups) {
      if (name.empty() || name.starts_with(cache_group_prefix)) continue;
      if (reserve.exclusive && group.l3.intersects(reserve.ways))
        plan.residuals.push_back({fmt::format("resource group {} may use the claim's ways as well", name),
                                  "it was made or changed after the claim, by somebody else",
                                  fmt::format("give it other ways in /sys/fs/resctrl/{}/schemata", name)});
      if (request.domain != nullptr && is_group_of(name, request.domain->definition))
        plan.residuals.push_back({fmt::format("vCPUs of the domain use the share of {}", name),
                                  "the domain's XML asks libvirt for that with <cputune>",
                                  "leave <cachetune> and <memorytune> out of the XML, or cache out of the class"});
    }
  }
};

}  // namespace

std::unique_ptr<Plugin> cache() { return std::make_unique<Cache>(); }

}  // namespace acdr

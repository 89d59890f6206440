// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/hugepages/hugepages.hpp"

#include "engine/planner.hpp"
#include "plugins/domain_cgroups.hpp"
#include "plugins/node_parameter.hpp"

namespace acdr {
namespace {

constexpr std::int64_t kibibyte = 1024;
constexpr Bytes usual_size{std::uint64_t{2} << 20};

const ConditioningSpec description{
    "hugepages",
    "Huge pages reserved on the subject's node before its memory is allocated",
    {{"size",
      ParameterType::size,
      {},
      64 * kibibyte,
      {},
      {},
      "Page size; by default what the domain's XML asks for, and 2MiB for the host"},
     {"count",
      ParameterType::integer,
      {},
      1,
      std::int64_t{1} << 30,
      {},
      "How many pages; by default enough for the domain's memory"},
     {"node",
      ParameterType::string,
      std::string("auto"),
      {},
      {},
      {},
      "NUMA node: auto for that of the claim's cores, else the one with the most free memory, or a node number"}}};

/// None for a domain that asks for no huge pages where the class names no size either.
std::optional<Bytes> wanted_size(const ParameterValues& parameters, const DomainDefinition* domain) {
  if (const auto* size = parameter<Bytes>(parameters, "size")) return *size;
  return domain == nullptr ? usual_size : huge_page_size_of(*domain);
}

Result<std::uint64_t> wanted_count(const ParameterValues& parameters, const DomainDefinition* domain, Bytes size) {
  if (const auto* count = parameter<std::int64_t>(parameters, "count")) return static_cast<std::uint64_t>(*count);
  if (domain == nullptr)
    return failure(Error(ErrorKind::usage, "hugepages: for the host the number of pages must be given", "give count"));
  if (domain->memory.value == 0)
    return failure(Error(ErrorKind::usage,
                         fmt::format("hugepages: how much memory domain {} has is not known", domain->name),
                         "give count"));
  return pages_for(domain->memory, size);
}

/// A page must be a power of two for the kernel to have a folder for it, and no other size could be told apart there.
Status check_size(Bytes size) {
  if (size.value >= static_cast<std::uint64_t>(kibibyte) && (size.value & (size.value - 1)) == 0) return {};
  return failure(Error(ErrorKind::usage, fmt::format("hugepages: {} is no page size", size.to_string()),
                       "page sizes are powers of two, such as 2MiB and 1GiB"));
}

/// With the size, because libvirt's own default is the kernel's, which need not be the usual one.
std::string xml_for(Bytes size) {
  return fmt::format("<hugepages><page size='{}' unit='KiB'/></hugepages>",
                     size.value / static_cast<std::uint64_t>(kibibyte));
}

class HugePageReserve final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    const auto size = wanted_size(parameters, domain);
    if (!size) return {};
    ACDR_CHECK(check_size(*size));
    ACDR_TRY(const std::uint64_t count, wanted_count(parameters, domain, *size));
    demand.pages = PageDemand{*size, count, std::nullopt, {}};
    const auto* node = parameter<std::string>(parameters, "node");
    if (node != nullptr && *node != "auto") {
      ACDR_TRY(demand.pages->node, node_number(description.name, *node, "auto", host));
      demand.pages->node_reason = "the class asks for it";
    } else if (domain != nullptr && domain->memory_nodes.count() == 1) {
      demand.pages->node = domain->memory_nodes.first();
      demand.pages->node_reason = "the domain's XML puts its memory there";
    }
    return {};
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    Plan plan;
    const auto& pages = request.allocation.pages;
    if (pages && pages->added > 0)
      plan.wishes.push_back({{KnobKind::huge_pages, fmt::format("{}:{}", pages->node, pages->size.to_string())},
                             Add{Count{pages->added}},
                             request.why});
    if (request.domain != nullptr) compare_with_xml(request.domain->definition, pages, plan);
    return plan;
  }

  [[nodiscard]] std::vector<Adaptation> adaptations(const ParameterValues& parameters) const override {
    const auto* size = parameter<Bytes>(parameters, "size");
    return {{"memoryBacking", xml_for(size == nullptr ? usual_size : *size), description.name}};
  }

 private:
  static void compare_with_xml(const DomainDefinition& domain, const std::optional<PageReserve>& pages, Plan& plan) {
    const auto used = huge_page_size_of(domain);
    const auto reserved = pages ? std::optional(pages->size) : std::nullopt;
    const std::string add = fmt::format(
        "add <memoryBacking>{}</memoryBacking> to it, as acdrctl tag {} CLASS --adapt does, and start the "
        "domain anew",
        xml_for(reserved.value_or(usual_size)), domain.name);
    if (!used)
      plan.residuals.push_back(
          {pages ? "the huge pages reserved for the domain are not used" : "no huge pages are reserved",
           "the domain's XML does not ask for huge pages", add});
    else if (reserved && *used != *reserved)
      plan.residuals.push_back({fmt::format("the huge pages of {} are not used", reserved->to_string()),
                                fmt::format("the domain's XML asks for pages of {}", used->to_string()),
                                "leave size out of the class, or make the two the same"});
  }
};

}  // namespace

std::unique_ptr<Plugin> hugepages() { return std::make_unique<HugePageReserve>(); }

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/ballooning/ballooning.hpp"

#include <algorithm>
#include <array>

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

constexpr std::int64_t usual_polling = 10;
constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;

const ConditioningSpec description{
    "ballooning",
    "A domain's memory balloon: let alone with all memory in the guest, polled, or held at a size",
    {{"mode",
      ParameterType::choice,
      std::string("off"),
      {},
      {},
      {"off", "on", "tuned"},
      "off: all memory in the guest, no polling; on: polled, its size is left to others; tuned: as given below"},
     {"polling",
      ParameterType::integer,
      {},
      1,
      3600,
      {},
      "Seconds between two looks at the guest's memory; 10 where on"},
     {"size", ParameterType::size, {}, static_cast<std::int64_t>(mebibyte), {}, {}, "Memory the guest is left with"},
     {"percent", ParameterType::integer, {}, 1, 100, {}, "The same, as a share of its memory"}}};

const std::string& mode_of(const ParameterValues& parameters) {
  static const std::string off = "off";
  const auto* mode = parameter<std::string>(parameters, "mode");
  return mode == nullptr ? off : *mode;
}

std::string given_among(const ParameterValues& parameters, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (parameters.contains(name)) return name;
  return {};
}

Status fits_together(const ParameterValues& parameters) {
  const std::string& mode = mode_of(parameters);
  const std::string idle = mode == "off"  ? given_among(parameters, {"polling", "size", "percent"})
                           : mode == "on" ? given_among(parameters, {"size", "percent"})
                                          : std::string();
  if (!idle.empty())
    return failure(Error(ErrorKind::usage, fmt::format("ballooning: {} means nothing with mode {}", idle, mode),
                         "leave it out, or use mode tuned"));
  if (mode != "tuned") return {};
  if (given_among(parameters, {"polling", "size", "percent"}).empty())
    return failure(Error(ErrorKind::usage, "ballooning: nothing to tune", "give polling, size or percent"));
  if (parameters.contains("size") && parameters.contains("percent"))
    return failure(Error(ErrorKind::usage, "ballooning: size and percent are both given", "give one of them"));
  return {};
}

/// In KiB; none where the size is left to others, or how much memory there is is not known. Whole MiB, so that a guest
/// with pages of any size can meet it.
std::optional<Count> wanted_size(const ParameterValues& parameters, Bytes memory) {
  if (memory.value == 0) return std::nullopt;
  const auto* size = parameter<Bytes>(parameters, "size");
  const auto* percent = parameter<std::int64_t>(parameters, "percent");
  std::uint64_t wanted = memory.value;
  if (size != nullptr)
    wanted = std::min(wanted, size->value);
  else if (percent != nullptr)
    wanted = wanted * static_cast<std::uint64_t>(*percent) / 100;
  else if (mode_of(parameters) != "off")
    return std::nullopt;
  if (wanted < memory.value) wanted = std::max(wanted - wanted % mebibyte, mebibyte);
  return Count{wanted / kibibyte};
}

/// In seconds; none where it is left as it is.
std::optional<Count> wanted_polling(const ParameterValues& parameters) {
  const std::string& mode = mode_of(parameters);
  if (mode == "off") return Count{0};
  if (const auto* polling = parameter<std::int64_t>(parameters, "polling"))
    return Count{static_cast<std::uint64_t>(*polling)};
  return mode == "on" ? std::optional(Count{usual_polling}) : std::nullopt;
}

class Ballooning final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain, const HostSnapshot&,
                              Demand&) const override {
    // Off is true of the host as it is, so that a class with it may be applied to both.
    if (domain == nullptr && mode_of(parameters) != "off")
      return failure(Error(ErrorKind::usage, "ballooning: the host has no balloon", "apply the class to a domain"));
    return fits_together(parameters);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    Plan plan;
    if (request.domain == nullptr) return plan;
    const auto& domain = request.domain->definition;
    if (domain.balloon) {
      wish(KnobKind::balloon_polling, wanted_polling(request.parameters), request, plan);
      wish(KnobKind::balloon_size, wanted_size(request.parameters, domain.memory), request, plan);
    } else if (mode_of(request.parameters) != "off") {
      plan.residuals.push_back({"the domain's balloon is neither polled nor sized", "its XML gives it none",
                                "add <memballoon model='virtio'/> to it, and start the domain anew"});
    }
    return plan;
  }

 private:
  static void wish(KnobKind kind, std::optional<Count> wanted, const PlanRequest& request, Plan& plan) {
    if (wanted) plan.wishes.push_back({{kind, request.domain->definition.uuid}, Equal{*wanted}, request.why, {}});
  }
};

}  // namespace

std::unique_ptr<Plugin> ballooning() { return std::make_unique<Ballooning>(); }

}  // namespace acdr

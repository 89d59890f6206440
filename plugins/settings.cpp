// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/settings.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\n") - from + 1);
}

bool matches(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (name.empty() || name.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  if (pattern.empty()) return name.empty();
  pattern.remove_prefix(1);
  while (true) {
    if (matches(pattern, name)) return true;
    if (name.empty() || name.front() == '/') return false;
    name.remove_prefix(1);
  }
}

bool has_word(std::string_view words, std::string_view word) {
  return std::ranges::any_of(words | std::views::split(' '),
                             [&](const auto part) { return std::string_view(part.begin(), part.end()) == word; });
}

Status check_value(std::string_view conditioning, const NamedSetting& setting, const AllowedSetting& allowed) {
  if (!allowed.words.empty() && has_word(allowed.words, setting.value)) return {};
  std::int64_t number = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto [at, error] = std::from_chars(setting.value.data(), end, number);
  const bool is_number = !setting.value.empty() && error == std::errc{} && at == end;
  if (is_number && number >= allowed.least && number <= allowed.most && allowed.least < allowed.most) return {};
  std::string bounds = allowed.least < allowed.most ? fmt::format("{} to {}", allowed.least, allowed.most) : "";
  if (!allowed.words.empty()) bounds += fmt::format("{}one of: {}", bounds.empty() ? "" : ", or ", allowed.words);
  return failure(Error(ErrorKind::usage,
                       fmt::format("{}: {} cannot be '{}'", conditioning, setting.name, setting.value),
                       "it may be " + bounds));
}

}  // namespace

Wish setting(KnobKind kind, const std::string& name, const std::string& value, const PlanRequest& request,
             const std::string& reason_if_absent, const std::string& remedy_if_absent) {
  const KnobId knob{kind, name};
  return {knob, Equal{value}, request.why,
          Residual{knob.to_string() + " is not set to " + value, reason_if_absent, remedy_if_absent}};
}

Result<std::vector<NamedSetting>> parse_settings(std::string_view conditioning, std::string_view text,
                                                 std::span<const AllowedSetting> allowed) {
  std::vector<NamedSetting> settings;
  std::set<std::string> names;
  for (const auto part : text | std::views::split(',')) {
    const std::string_view item = trimmed(std::string_view(part.begin(), part.end()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return failure(Error(ErrorKind::usage, fmt::format("{}: '{}' is not name=value", conditioning, item),
                           "write name=value, and commas between several"));
    NamedSetting setting{std::string(trimmed(item.substr(0, equals))), std::string(trimmed(item.substr(equals + 1)))};
    const auto known =
        std::ranges::find_if(allowed, [&](const auto& line) { return matches(line.pattern, setting.name); });
    if (known == allowed.end())
      return failure(
          Error(ErrorKind::usage,
                fmt::format("{}: {} is not among the settings a class may change", conditioning, setting.name),
                fmt::format("/usr/share/doc/acdr/plugins/{}.md lists them", conditioning)));
    if (!names.insert(setting.name).second)
      return failure(Error(ErrorKind::usage, fmt::format("{}: {} stands there twice", conditioning, setting.name),
                           "name it once"));
    ACDR_CHECK(check_value(conditioning, setting, *known));
    settings.push_back(std::move(setting));
  }
  return settings;
}

Result<std::vector<NamedSetting>> ListedSettings::settings_of(const ParameterValues& parameters) const {
  const auto* settings = parameter<std::string>(parameters, "settings");
  if (settings == nullptr)
    return failure(Error(ErrorKind::usage, description_.name + ": no settings", "give settings, as name=value"));
  return parse_settings(description_.name, *settings, allowed_);
}

Status ListedSettings::demand(const ParameterValues& parameters, const DomainDefinition*, const HostSnapshot&,
                              Demand&) const {
  ACDR_TRY([[maybe_unused]] const auto settings, settings_of(parameters));
  return {};
}

Plan ListedSettings::plan(const PlanRequest& request, const HostSnapshot&) const {
  Plan plan;
  for (const auto& [name, value] : settings_of(request.parameters).value_or(std::vector<NamedSetting>()))
    plan.wishes.push_back(setting(kind_, name, value, request, absent_));
  return plan;
}

}  // namespace acdr

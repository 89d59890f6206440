// SPDX-License-Identifier: GPL-2.0-or-later
// How the L3 caches and the memory bandwidth are shared out: resctrl.
#include <algorithm>
#include <charconv>
#include <ranges>

#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

constexpr std::string_view l3_line = "L3:";
constexpr std::string_view bandwidth_line = "MB:";

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\n");
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(" \t\n") - from + 1);
}

std::string bandwidth_text(const std::map<unsigned, unsigned>& bandwidth) {
  std::string text;
  for (const auto& [cache, percent] : bandwidth)
    text += fmt::format("{}{}={}", text.empty() ? "" : ";", cache, percent);
  return text;
}

/// "0=100;1=50"
Result<std::map<unsigned, unsigned>> parse_bandwidth(std::string_view text) {
  std::map<unsigned, unsigned> bandwidth;
  for (const auto part : text | std::views::split(';')) {
    const std::string_view item(part.begin(), part.end());
    const auto equals = std::min(item.find('='), item.size());
    const auto cache = parse_unsigned(item.substr(0, equals));
    const auto percent = equals == item.size() ? std::nullopt : parse_unsigned(item.substr(equals + 1));
    if (!cache || !percent) return failure(ErrorKind::usage, "'{}' does not name bandwidths, as in 0=100;1=50", text);
    bandwidth[*cache] = *percent;
  }
  return bandwidth;
}

/// One line of a schemata; what acdr does not share out (L2, slow memory) is not looked at.
Status read_line(std::string_view line, CacheGroup& group) {
  if (line.starts_with(l3_line)) {
    ACDR_TRY(group.l3, CacheWays::parse(line.substr(l3_line.size())));
  } else if (line.starts_with(bandwidth_line)) {
    ACDR_TRY(group.bandwidth, parse_bandwidth(line.substr(bandwidth_line.size())));
  }
  return {};
}

std::optional<unsigned> read_number(const HostAccess& host, const std::string& file) {
  const auto text = host.read(resctrl_file("", file));
  return text ? parse_unsigned(*text) : std::nullopt;
}

std::optional<std::uint32_t> read_ways(const HostAccess& host, const std::string& file) {
  const auto text = host.read(resctrl_file("", file));
  if (!text) return std::nullopt;
  const std::string_view digits = trimmed(*text);
  std::uint32_t mask = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(mask) : std::nullopt;
}

/// The L3 cache a CPU uses, by its id, with all the CPUs that do.
std::optional<std::pair<unsigned, CpuSet>> l3_of(const HostAccess& host, unsigned cpu) {
  const std::string folder = fmt::format("sys/devices/system/cpu/cpu{}/cache", cpu);
  for (const auto& entry : host.list(folder)) {
    if (!entry.starts_with("index") || !entry.ends_with('/')) continue;
    const std::string cache = folder + "/" + entry;
    const auto level = host.read(cache + "level");
    if (!level || parse_unsigned(*level) != 3U) continue;
    const auto id = host.read(cache + "id");
    const auto number = id ? parse_unsigned(*id) : std::nullopt;
    auto cpus = read_cpu_list(host, cache + "shared_cpu_list");
    if (number && cpus) return std::pair(*number, std::move(*cpus));
  }
  return std::nullopt;
}

std::map<unsigned, CpuSet> read_caches(const HostAccess& host, const CpuSet& online) {
  std::map<unsigned, CpuSet> caches;
  CpuSet seen;
  for (const unsigned cpu : online) {
    if (seen.contains(cpu)) continue;
    const auto cache = l3_of(host, cpu);
    if (!cache) continue;
    caches[cache->first] |= cache->second & online;
    seen |= cache->second;
  }
  return caches;
}

void read_limits(const HostAccess& host, CacheControl& control) {
  control.code_and_data = host.exists(resctrl_file("", "info/L3CODE"));
  control.l3_ways = read_ways(host, "info/L3/cbm_mask");
  control.l3_least_ways = std::max(1U, read_number(host, "info/L3/min_cbm_bits").value_or(1));
  control.l3_device_ways = read_ways(host, "info/L3/shareable_bits").value_or(0);
  control.least_bandwidth = read_number(host, "info/MB/min_bandwidth");
  control.bandwidth_step = std::max(1U, read_number(host, "info/MB/bandwidth_gran").value_or(1));
  for (const auto* resource : {"L3", "MB"})
    if (const auto most = read_number(host, fmt::format("info/{}/num_closids", resource)))
      control.most_groups = control.most_groups == 0 ? *most : std::min(control.most_groups, *most);
}

void read_groups(const HostAccess& host, CacheControl& control) {
  if (auto group = read_cache_group(host, "")) control.groups[""] = std::move(*group);
  for (const auto& entry : host.list(std::string(resctrl_root))) {
    if (!entry.ends_with('/') || entry == "info/" || entry == "mon_groups/" || entry == "mon_data/") continue;
    const std::string name = entry.substr(0, entry.size() - 1);
    if (auto group = read_cache_group(host, name)) control.groups[name] = std::move(*group);
  }
  // The default group has all of it, or what an admin left it: never more than 100 percent.
  for (const auto& [cache, bandwidth] : control.groups[""].bandwidth) control.bandwidth_in_percent &= bandwidth <= 100;
}

}  // namespace

std::string CacheGroup::to_string() const {
  std::string text = "cpus=" + cpus.to_list();
  if (!l3.masks.empty()) text += fmt::format(" {}{}", l3_line, l3.to_string());
  if (!bandwidth.empty()) text += fmt::format(" {}{}", bandwidth_line, bandwidth_text(bandwidth));
  return text;
}

Result<CacheGroup> CacheGroup::parse(std::string_view text) {
  constexpr std::string_view cpus = "cpus=";
  CacheGroup group;
  for (const auto part : text | std::views::split(' ')) {
    const std::string_view item(part.begin(), part.end());
    if (item.starts_with(cpus)) {
      ACDR_TRY(group.cpus, CpuSet::parse_list(item.substr(cpus.size())));
    } else if (item.starts_with(l3_line) || item.starts_with(bandwidth_line)) {
      ACDR_CHECK(read_line(item, group));
    } else {
      return failure(ErrorKind::usage, "'{}' is not what a resource group has", text);
    }
  }
  return group;
}

std::string resctrl_file(std::string_view group, std::string_view file) {
  return group.empty() ? fmt::format("{}/{}", resctrl_root, file) : fmt::format("{}/{}/{}", resctrl_root, group, file);
}

Result<CacheGroup> read_cache_group(const HostAccess& host, std::string_view name) {
  ACDR_TRY(const std::string schemata, host.read(resctrl_file(name, "schemata")));
  ACDR_TRY(const std::string cpus, host.read(resctrl_file(name, "cpus_list")));
  CacheGroup group;
  ACDR_TRY(group.cpus, CpuSet::parse_list(cpus));
  for (const auto part : schemata | std::views::split('\n'))
    ACDR_CHECK(read_line(trimmed(std::string_view(part.begin(), part.end())), group));
  return group;
}

void read_cache_control(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  snapshot.has_resctrl = host.exists(std::string(resctrl_root));
  if (!snapshot.has_resctrl || !host.exists(resctrl_file("", "schemata"))) return;
  CacheControl control;
  read_limits(host, control);
  const bool same_cpus = earlier != nullptr && earlier->topology.online == snapshot.topology.online;
  control.caches = same_cpus && earlier->cache_control ? earlier->cache_control->caches
                                                       : read_caches(host, snapshot.topology.online);
  read_groups(host, control);
  snapshot.cache_control = std::move(control);
}

}  // namespace acdr

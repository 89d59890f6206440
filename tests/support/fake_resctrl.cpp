// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/fake_resctrl.hpp"

#include <algorithm>
#include <cerrno>
#include <ranges>

namespace acdr::test {
namespace {

/// "acdr-a/schemata" -> {"acdr-a", "schemata"}
std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

FakeResctrl::FakeResctrl(Shape shape) : shape_(std::move(shape)) {
  CacheGroup all;
  for (const auto& [id, cpus] : shape_.caches) {
    all.cpus |= cpus;
    if (shape_.ways != 0) all.l3.masks[id] = shape_.ways;
    if (shape_.least_bandwidth != 0) all.bandwidth[id] = shape_.most_bandwidth;
  }
  groups_[""] = all;
}

CpuSet FakeResctrl::all_cpus() const {
  CpuSet cpus;
  for (const auto& [id, of_cache] : shape_.caches) cpus |= of_cache;
  return cpus;
}

const CacheGroup* FakeResctrl::group(const std::string& name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

std::string FakeResctrl::state() const {
  std::string text;
  for (const auto& [name, group] : groups_) text += fmt::format("resctrl /{} {}\n", name, group.to_string());
  return text;
}

std::optional<std::string> FakeResctrl::read_info(const std::string& path) const {
  if (path == "info/last_cmd_status") return status_ + "\n";
  if (path.starts_with("info/L3CODE/"))
    return shape_.code_and_data ? std::optional<std::string>("fff\n") : std::nullopt;
  if (path.starts_with("info/L3/") && shape_.ways != 0 && !shape_.code_and_data) {
    if (path == "info/L3/cbm_mask") return fmt::format("{:x}\n", shape_.ways);
    if (path == "info/L3/min_cbm_bits") return fmt::format("{}\n", shape_.least_ways);
    if (path == "info/L3/shareable_bits") return fmt::format("{:x}\n", shape_.device_ways);
    if (path == "info/L3/num_closids") return fmt::format("{}\n", shape_.most_groups);
  }
  if (path.starts_with("info/MB/") && shape_.least_bandwidth != 0) {
    if (path == "info/MB/min_bandwidth") return fmt::format("{}\n", shape_.least_bandwidth);
    if (path == "info/MB/bandwidth_gran") return fmt::format("{}\n", shape_.bandwidth_step);
    if (path == "info/MB/num_closids") return fmt::format("{}\n", shape_.most_groups);
  }
  return std::nullopt;
}

std::optional<std::string> FakeResctrl::read(const std::string& path) const {
  if (path.starts_with("info/")) return read_info(path);
  const auto [name, file] = split(path);
  const CacheGroup* found = group(name);
  if (found == nullptr) return std::nullopt;
  if (file == "cpus_list") return found->cpus.to_list() + "\n";
  if (file != "schemata") return std::nullopt;
  std::string text;
  CacheGroup lines = *found;
  lines.cpus = {};
  text = lines.to_string().substr(std::string("cpus=").size());
  std::ranges::replace(text, ' ', '\n');
  return text + "\n";
}

int FakeResctrl::refuse(const std::string& reason, int number) {
  status_ = reason;
  return number;
}

int FakeResctrl::write_ways(const std::string& text, CacheGroup& group) {
  const auto ways = CacheWays::parse(text);
  if (!ways) return refuse("Missing '=' or non-numeric domain", EINVAL);
  for (const auto& [id, mask] : ways->masks) {
    if (!shape_.caches.contains(id)) return refuse("Unknown or unsupported domain", EINVAL);
    if (mask == 0 || (mask & ~shape_.ways) != 0) return refuse("Mask out of range", EINVAL);
    if (longest_run(mask) != mask) return refuse(fmt::format("The mask {:x} has non-consecutive 1-bits", mask), EINVAL);
    if (count_ways(mask) < shape_.least_ways) return refuse("Need at least more bits in the mask", EINVAL);
    group.l3.masks[id] = mask;
  }
  return 0;
}

int FakeResctrl::write_line(const std::string& line, CacheGroup& group) {
  if (line.starts_with("L3:") && shape_.ways != 0) return write_ways(line.substr(3), group);
  if (!line.starts_with("MB:") || shape_.least_bandwidth == 0)
    return refuse("Unknown or unsupported resource name", EINVAL);
  const auto asked = CacheGroup::parse(line);
  if (!asked) return refuse("Non-decimal digit in MB value", EINVAL);
  for (const auto& [id, bandwidth] : asked->bandwidth) {
    if (!shape_.caches.contains(id)) return refuse("Unknown or unsupported domain", EINVAL);
    if (bandwidth < shape_.least_bandwidth || bandwidth > shape_.most_bandwidth)
      return refuse("MB value out of range", EINVAL);
    const unsigned step = shape_.bandwidth_step;
    group.bandwidth[id] = (bandwidth + step - 1) / step * step;
  }
  return 0;
}

/// fs/resctrl/rdtgroup.c: CPUs that come are taken from the other groups, those that go fall to the default one.
int FakeResctrl::write_cpus(std::string_view text, const std::string& name) {
  const auto cpus = CpuSet::parse_list(text);
  if (!cpus || !cpus->subset_of(all_cpus())) return refuse("Can only assign online CPUs", EINVAL);
  CpuSet others;
  for (auto& [other, group] : groups_) {
    if (other == name) continue;
    group.cpus -= *cpus;
    others |= group.cpus;
  }
  groups_.at(name).cpus = *cpus;
  groups_.at("").cpus |= all_cpus() - others - *cpus;
  return 0;
}

int FakeResctrl::write(const std::string& path, std::string_view text) {
  status_ = "ok";
  const auto [name, file] = split(path);
  if (!groups_.contains(name)) return ENOENT;
  if (file == "cpus_list") return write_cpus(text, name);
  if (file != "schemata") return ENOENT;
  for (const auto part : text | std::views::split('\n')) {
    const std::string line(part.begin(), part.end());
    if (line.empty()) continue;
    if (const int number = write_line(line, groups_.at(name)); number != 0) return number;
  }
  return 0;
}

/// A new group may use all that the others share.
int FakeResctrl::make_group(const std::string& name) {
  status_ = "ok";
  if (groups_.contains(name)) return EEXIST;
  if (groups_.size() >= shape_.most_groups) return refuse("Out of CLOSIDs", ENOSPC);
  CacheGroup group;
  for (const auto& [id, cpus] : shape_.caches) {
    if (shape_.ways != 0) group.l3.masks[id] = shape_.ways;
    if (shape_.least_bandwidth != 0) group.bandwidth[id] = shape_.most_bandwidth;
  }
  groups_[name] = group;
  return 0;
}

int FakeResctrl::remove_group(const std::string& name) {
  if (name.empty()) return EPERM;
  const auto found = groups_.find(name);
  if (found == groups_.end()) return ENOENT;
  groups_.at("").cpus |= found->second.cpus;
  groups_.erase(found);
  return 0;
}

std::vector<std::string> FakeResctrl::list(const std::string& path) const {
  if (path == "info/L3CODE")
    return shape_.code_and_data ? std::vector<std::string>{"cbm_mask"} : std::vector<std::string>();
  if (groups_.contains(path) && !path.empty()) return {"cpus_list", "mon_groups/", "schemata"};
  if (!path.empty()) return {};
  std::vector<std::string> names{"cpus_list", "info/", "mon_data/", "mon_groups/", "schemata"};
  for (const auto& [name, group] : groups_)
    if (!name.empty()) names.push_back(name + "/");
  return names;
}

}  // namespace acdr::test

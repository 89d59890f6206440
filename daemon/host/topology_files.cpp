// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/topology_files.hpp"

#include <algorithm>
#include <charconv>

namespace acdr {
namespace {

const std::string cpu_directory = "sys/devices/system/cpu";
const std::string node_directory = "sys/devices/system/node";

/// An empty nohz_full is printed as "(null)" or as a lone NUL by kernels with CPUMASK_OFFSTACK.
std::string without_null(std::string text) {
  std::erase(text, '\0');
  return text.find("(null)") == std::string::npos ? text : std::string();
}

/// The N of "nodeN" or "nodeN/".
std::optional<unsigned> node_number(std::string_view entry) {
  constexpr std::string_view prefix = "node";
  if (!entry.starts_with(prefix)) return std::nullopt;
  entry.remove_prefix(prefix.size());
  if (entry.ends_with('/')) entry.remove_suffix(1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), number);
  if (error != std::errc{} || end != entry.data() + entry.size()) return std::nullopt;
  return number;
}

}  // namespace

bool TopologyFiles::has_cpus() const { return host_.exists(cpu_directory); }

Result<std::optional<CpuSet>> TopologyFiles::cpus(const std::string& name) const {
  return read(cpu_directory + "/" + name, &CpuSet::parse_list);
}

std::vector<unsigned> TopologyFiles::nodes() const {
  std::vector<unsigned> numbers;
  for (const auto& entry : host_.list(node_directory))
    if (const auto number = node_number(entry)) numbers.push_back(*number);
  std::ranges::sort(numbers);
  return numbers;
}

Result<std::optional<CpuSet>> TopologyFiles::node_cpus(unsigned node) const {
  const std::string directory = fmt::format("{}/node{}", node_directory, node);
  ACDR_TRY(auto list, read(directory + "/cpulist", &CpuSet::parse_list));
  if (list) return list;
  return read(directory + "/cpumap", &CpuSet::parse_mask);
}

Result<std::optional<CpuSet>> TopologyFiles::read(const std::string& path, Parser parse) const {
  const auto text = host_.read(path);
  if (!text && text.error().kind() == ErrorKind::not_found) return std::nullopt;
  if (!text) return failure(text.error());
  auto set = parse(without_null(*text));
  // The admin typed nothing wrong: the file did.
  if (!set) return failure(Error(ErrorKind::failed, set.error().what()).during("/" + path));
  return std::move(set).value();
}

}  // namespace acdr

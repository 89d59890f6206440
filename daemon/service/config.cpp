// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/config.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>

namespace acdr {
namespace {

/// Reads a map with known keys only, each once. yaml-cpp accepts repeated keys, so they are counted here.
class MapReader {
 public:
  MapReader(const std::filesystem::path& file, const YAML::Node& node) : file_(file), node_(node) {}

  [[nodiscard]] std::unexpected<Error> fault(const YAML::Node& at, const std::string& message) const {
    return failure(Error(ErrorKind::usage,
                         fmt::format("{}:{}:{}: {}", file_.string(), at.Mark().line + 1, at.Mark().column + 1, message),
                         "see acdr.yaml(5)"));
  }

  [[nodiscard]] Status keys(const std::set<std::string>& known) const {
    if (!node_.IsMap()) return fault(node_, "expected a map");
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      if (!known.contains(key)) return fault(entry.first, fmt::format("unknown key '{}'", key));
      if (!seen.insert(key).second) return fault(entry.first, fmt::format("'{}' stands here twice", key));
    }
    return {};
  }

 private:
  const std::filesystem::path& file_;
  const YAML::Node& node_;
};

Status read_housekeeping(const std::filesystem::path& file, const YAML::Node& node, PlacementLimits& limits) {
  const MapReader reader(file, node);
  ACDR_CHECK(reader.keys({"cores", "cpus"}));
  if (const auto cores = node["cores"]) {
    const std::string text = cores.IsScalar() ? cores.Scalar() : std::string();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limits.housekeeping_cores);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || limits.housekeeping_cores < 1)
      return reader.fault(cores, fmt::format("'cores' must be a number of at least 1, not '{}'", text));
  }
  if (const auto cpus = node["cpus"]) {
    auto list = CpuSet::parse_list(cpus.IsScalar() ? cpus.Scalar() : std::string("?"));
    if (!list) return reader.fault(cpus, list.error().what());
    limits.housekeeping = std::move(*list);
  }
  return {};
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& file) {
  Config config;
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return config;
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    if (root.IsNull()) return config;
    ACDR_CHECK(MapReader(file, root).keys({"housekeeping"}));
    if (const auto housekeeping = root["housekeeping"])
      ACDR_CHECK(read_housekeeping(file, housekeeping, config.limits));
    return config;
  } catch (const YAML::Exception& error) {
    return failure(ErrorKind::usage, "{}:{}:{}: {}", file.string(), error.mark.line + 1, error.mark.column + 1,
                   error.msg);
  }
}

}  // namespace acdr

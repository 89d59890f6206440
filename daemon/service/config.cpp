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

Result<std::string> read_name(const MapReader& reader, const YAML::Node& node, const char* what) {
  if (!node || !node.IsScalar() || node.Scalar().empty()) return reader.fault(node, fmt::format("expected {}", what));
  return node.Scalar();
}

Status read_classes(const std::filesystem::path& file, const YAML::Node& node, AskRules& asking) {
  const MapReader reader(file, node);
  ACDR_CHECK(reader.keys({"allowed"}));
  const auto allowed = node["allowed"];
  if (!allowed) return {};
  if (!allowed.IsSequence()) return reader.fault(allowed, "'allowed' must be a list of classes");
  asking.allowed.emplace();
  for (const auto& item : allowed) {
    ACDR_TRY(std::string name, read_name(reader, item, "the name of a class"));
    asking.allowed->insert(std::move(name));
  }
  return {};
}

Status read_nova(const std::filesystem::path& file, const YAML::Node& node, AskRules& asking) {
  const MapReader reader(file, node);
  ACDR_CHECK(reader.keys({"flavors"}));
  const auto flavors = node["flavors"];
  if (!flavors) return {};
  if (!flavors.IsSequence()) return reader.fault(flavors, "'flavors' must be a list of {name, class}");
  for (const auto& item : flavors) {
    const MapReader rule(file, item);
    ACDR_CHECK(rule.keys({"name", "class"}));
    if (!item["name"] || !item["class"]) return reader.fault(item, "a flavor has the keys 'name' and 'class'");
    ACDR_TRY(std::string pattern, read_name(rule, item["name"], "the name of a flavor, or a pattern"));
    ACDR_TRY(std::string class_name, read_name(rule, item["class"], "the name of a class"));
    asking.flavors.push_back({std::move(pattern), std::move(class_name)});
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
    ACDR_CHECK(MapReader(file, root).keys({"housekeeping", "classes", "nova"}));
    if (const auto classes = root["classes"]) ACDR_CHECK(read_classes(file, classes, config.asking));
    if (const auto nova = root["nova"]) ACDR_CHECK(read_nova(file, nova, config.asking));
    if (const auto housekeeping = root["housekeeping"])
      ACDR_CHECK(read_housekeeping(file, housekeeping, config.limits));
    return config;
  } catch (const YAML::Exception& error) {
    return failure(ErrorKind::usage, "{}:{}:{}: {}", file.string(), error.mark.line + 1, error.mark.column + 1,
                   error.msg);
  }
}

}  // namespace acdr

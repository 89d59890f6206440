// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of this folder share; named *_test.cpp so that the folder's glob builds it.
#include "support/class_texts.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace acdr::test {
namespace {

namespace fs = std::filesystem;

ParameterSpec parameter(std::string name, ParameterType type, std::optional<ParameterValue> default_value = {},
                        std::vector<std::string> choices = {}) {
  return {.name = std::move(name),
          .type = type,
          .default_value = std::move(default_value),
          .min = {},
          .max = {},
          .choices = std::move(choices),
          .help = "help"};
}

ParameterSpec limited(ParameterSpec spec, std::int64_t min, std::int64_t max) {
  spec.min = min;
  spec.max = max;
  return spec;
}

ParameterSpec cpus(const std::string& word) {
  return parameter("cores", ParameterType::cpus, CpuSelection{word}, {word});
}

std::string without(std::string text, const std::string& part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

}  // namespace

const std::vector<ConditioningSpec>& specs() {
  static const std::vector<ConditioningSpec> all{
      {"cleaner-cores",
       "keeps tasks off cores",
       {cpus("auto"), limited(parameter("count", ParameterType::integer), 1, 4096)}},
      {"dedicated-cores",
       "pins vCPUs",
       {parameter("siblings", ParameterType::choice, "idle", {"idle", "use"}),
        parameter("node", ParameterType::string, "auto")}},
      {"irq-ban", "keeps IRQs off cores", {cpus("allocated")}},
      {"emulator-pinning",
       "pins emulator threads",
       {cpus("helper"), limited(parameter("count", ParameterType::integer, 1), 1, 64)}},
      {"flow-pinning",
       "steers flows",
       {parameter("interfaces", ParameterType::string),
        limited(parameter("queues", ParameterType::integer, 2), 1, 64)}},
      {"hugepages",
       "reserves huge pages",
       {limited(parameter("size", ParameterType::size, Bytes{2 << 20}), 2 << 20, 1 << 30)}},
      {"strict-numa", "keeps memory on a node", {parameter("migrate", ParameterType::boolean, true)}},
  };
  return all;
}

std::string class_text(std::string_view name, std::string_view rest) {
  return fmt::format("api: acdr/v1\nclass: {}\nsummary: A class\n{}", name, rest);
}

Fixture::Fixture(std::initializer_list<std::pair<std::string_view, std::string_view>> classes) {
  for (const auto& [name, rest] : classes) directory_.write(std::string(name) + ".yaml", class_text(name, rest));
  load_ = Catalogue::load({directory_.path()}, specs());
  faults_ = lines(load_.diagnostics, directory_.path());
}

std::string Fixture::resolve(std::string_view name, const std::map<std::string, std::string>& given) const {
  EXPECT_EQ(faults_, "");
  const auto resolved = load_.catalogue.resolve(name, given);
  return resolved ? describe(*resolved) : "error: " + resolved.error().message();
}

std::string lines(const std::vector<Diagnostic>& diagnostics, const fs::path& directory) {
  std::string text;
  for (const auto& diagnostic : diagnostics) text += diagnostic.to_string() + "\n";
  return without(std::move(text), directory.string() + "/");
}

std::string describe(const ResolvedClass& resolved) {
  std::string text;
  if (resolved.required) text += "required\n";
  for (const auto& [name, value] : resolved.parameters) text += fmt::format("{}={}\n", name, to_text(value));
  for (const auto& conditioning : resolved.conditionings) {
    text += conditioning.name;
    for (const auto& [name, value] : conditioning.parameters) text += fmt::format(" {}={}", name, to_text(value));
    text += '\n';
  }
  return text;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace acdr::test

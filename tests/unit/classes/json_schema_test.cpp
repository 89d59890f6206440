// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/class_texts.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace acdr::test {
namespace {

using nlohmann::json;

json schema() { return json::parse(class_json_schema(specs())); }

/// The schema of a parameter in the object form of a conditioning.
json parameter(const std::string& conditioning, const std::string& name) {
  const json entries = schema().at("properties").at("conditionings").at("items").at("oneOf");
  for (const auto& entry : entries)
    if (entry.contains("properties") && entry.at("properties").contains(conditioning))
      return entry.at("properties").at(conditioning).at("properties").at(name);
  return {};
}

TEST(JsonSchema, IsOfDraft2020AndClosed) {
  EXPECT_EQ(schema().at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema().at("additionalProperties"), false);
  EXPECT_EQ(schema().at("required"), json::array({"api", "class", "summary"}));
  EXPECT_EQ(schema().at("properties").size(), 7U);
}

TEST(JsonSchema, OffersEveryConditioningByNameAndWithParameters) {
  const json entries = schema().at("properties").at("conditionings").at("items").at("oneOf");
  EXPECT_EQ(entries.size(), 2 * specs().size());
  EXPECT_EQ(entries[0].at("const"), "cleaner-cores");
  EXPECT_EQ(entries[1].at("required"), json::array({"cleaner-cores"}));
  EXPECT_EQ(entries[1].at("additionalProperties"), false);
}

TEST(JsonSchema, CarriesLimitsChoicesWordsDefaultsAndHelp) {
  const json count = parameter("emulator-pinning", "count");
  EXPECT_EQ(count.at("anyOf")[0], json::parse(R"({"type": "integer", "minimum": 1, "maximum": 64})"));
  EXPECT_EQ(count.at("default"), "1");
  EXPECT_EQ(count.at("description"), "help");
  EXPECT_EQ(parameter("dedicated-cores", "siblings").at("anyOf")[0], json::parse(R"({"enum": ["idle", "use"]})"));
  EXPECT_EQ(parameter("irq-ban", "cores").at("anyOf")[0].at("anyOf")[2], json::parse(R"({"enum": ["allocated"]})"));
  EXPECT_EQ(parameter("strict-numa", "migrate").at("anyOf")[0], json::parse(R"({"type": "boolean"})"));
}

TEST(JsonSchema, AllowsAReferenceForEveryParameter) {
  const std::regex pattern(parameter("irq-ban", "cores").at("anyOf")[1].at("pattern").get<std::string>());
  EXPECT_TRUE(std::regex_search("${cores}", pattern));
  EXPECT_FALSE(std::regex_search("x${cores}", pattern));
  EXPECT_FALSE(std::regex_search("${Cores}", pattern));
}

TEST(JsonSchema, WithoutPluginsAllowsNoConditioning) {
  EXPECT_EQ(json::parse(class_json_schema({})).at("properties").at("conditionings").at("items"), false);
}

}  // namespace
}  // namespace acdr::test

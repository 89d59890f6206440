// SPDX-License-Identifier: GPL-2.0-or-later
// acdr-classes(5) lists every conditioning and every shipped class, with all their parameters and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "plugins/registry.hpp"
#include "support/class_texts.hpp"
#include "support/source_folder.hpp"

namespace acdr::test {
namespace {

using Names = std::set<std::string>;
using NamesByEntry = std::map<std::string, Names>;

const std::filesystem::path source = source_folder();

/// The page from one heading of the first level to the next.
std::string section(const std::string& heading) {
  const std::string page = read_file(source / "docs/man/acdr-classes.5.scd");
  const auto start = page.find("\n# " + heading + "\n");
  EXPECT_NE(start, std::string::npos) << heading;
  return page.substr(start + 1, page.find("\n# ", start + 1) - start - 1);
}

/// The first group of each line that fits.
Names lines_like(const std::string& text, const std::string& pattern) {
  Names names;
  const std::regex line(pattern, std::regex::multiline);
  for (std::sregex_iterator found(text.begin(), text.end(), line), end; found != end; ++found)
    names.insert((*found)[1]);
  return names;
}

/// "## name", then "*parameter* (type)" for each parameter.
NamesByEntry conditionings_in_the_page() {
  NamesByEntry found;
  const std::string text = section("CONDITIONINGS");
  for (const auto& name : lines_like(text, "^## (.*)$")) {
    const auto start = text.find("## " + name + "\n");
    found[name] = lines_like(text.substr(start, text.find("\n## ", start) - start), "^\\*([a-z0-9-]+)\\* \\(.*\\)$");
  }
  return found;
}

/// "*name* [*parameter*, *parameter*]"
NamesByEntry classes_in_the_page() {
  NamesByEntry found;
  const std::string text = section("SHIPPED CLASSES");
  for (const auto& line : lines_like(text, "^(\\*.*)$")) {
    Names words = lines_like(line, "\\*([a-z0-9-]+)\\*");
    const std::string name = line.substr(1, line.find('*', 1) - 1);
    words.erase(name);
    found[name] = words;
  }
  return found;
}

Names names_of(const std::vector<ParameterSpec>& parameters) {
  Names names;
  for (const auto& parameter : parameters) names.insert(parameter.name);
  return names;
}

TEST(ManPage, ListsEveryConditioningWithItsParameters) {
  NamesByEntry known;
  for (const auto& spec : all_plugins().specs()) known[spec.name] = names_of(spec.parameters);
  EXPECT_EQ(conditionings_in_the_page(), known) << "see docs/man/acdr-classes.5.scd";
}

TEST(ManPage, ListsEveryShippedClassWithItsParameters) {
  const auto load = Catalogue::load({source / "classes"}, all_plugins().specs());
  NamesByEntry known;
  for (const auto& one : load.catalogue.list()) known[one.name] = names_of(load.catalogue.parameters(one.name).value());
  EXPECT_EQ(classes_in_the_page(), known) << "see docs/man/acdr-classes.5.scd";
}

}  // namespace
}  // namespace acdr::test

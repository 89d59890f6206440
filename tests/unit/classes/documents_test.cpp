// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the documents of tests/unit/classes/documents. A new case is a new file there, without code:
//   bad/NAME.yaml or bad/NAME/*.yaml   with all diagnostics, in full, in bad/NAME.expected
//   good/NAME.yaml                     with the class resolved with its defaults in good/NAME.expected
// ACDR_UPDATE_EXPECTED=1 writes the .expected files; read what `git diff` shows then.
#include "support/class_texts.hpp"
#include "support/source_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

namespace acdr::test {
namespace {

namespace fs = std::filesystem;

const fs::path documents = source_folder() / "tests/unit/classes/documents";

/// The cases of a folder: its documents and sub-folders, without their .expected.
std::vector<fs::path> cases(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() != ".expected") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

void compare(const fs::path& document, const std::string& found) {
  const fs::path expected = fs::path(document).replace_extension(".expected");
  if (std::getenv("ACDR_UPDATE_EXPECTED") != nullptr) std::ofstream(expected, std::ios::binary) << found;
  EXPECT_EQ(found, read_file(expected)) << "see " << expected;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

class BadDocument : public testing::TestWithParam<fs::path> {};

/// "loaded: ..." for what stands beside a faulty document and has nothing to do with it.
std::string loaded(const Catalogue& catalogue) {
  std::string names;
  for (const auto& one : catalogue.list()) names += (names.empty() ? "loaded: " : ", ") + one.name;
  return names.empty() ? names : names + "\n";
}

TEST_P(BadDocument, IsReportedInFullAndNotLoaded) {
  const fs::path path = GetParam();
  const auto load = fs::is_directory(path) ? Catalogue::load({path}, specs()) : Catalogue::check({}, {path}, specs());
  EXPECT_FALSE(load.diagnostics.empty());
  compare(path, lines(load.diagnostics, documents / "bad") + loaded(load.catalogue));
}
INSTANTIATE_TEST_SUITE_P(Documents, BadDocument, testing::ValuesIn(cases(documents / "bad")), name_of);

class GoodDocument : public testing::TestWithParam<fs::path> {};

TEST_P(GoodDocument, LoadsAndResolvesWithItsDefaults) {
  const auto load = Catalogue::load({documents / "good"}, specs());
  ASSERT_EQ(lines(load.diagnostics, documents / "good"), "");
  const auto resolved = load.catalogue.resolve(GetParam().stem().string(), {});
  ASSERT_TRUE(resolved) << resolved.error().message();
  compare(GetParam(), describe(*resolved));
}
INSTANTIATE_TEST_SUITE_P(Documents, GoodDocument, testing::ValuesIn(cases(documents / "good")), name_of);

TEST(Documents, HaveNoExpectationLeftWithoutItsDocument) {
  std::set<std::string> stems;
  for (const char* folder : {"good", "bad"}) {
    for (const auto& path : cases(documents / folder)) stems.insert(folder + path.stem().string());
    for (const auto& entry : fs::directory_iterator(documents / folder))
      EXPECT_TRUE(stems.contains(folder + entry.path().stem().string())) << entry.path();
  }
}

}  // namespace
}  // namespace acdr::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Every input of the corpora: seeds, and what the fuzzers once found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/harness.hpp"
#include "support/source_folder.hpp"

namespace acdr::fuzz {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> inputs_of(const Harness& harness) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(test::source_folder() / "tests/fuzz/corpus" / harness.name))
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class Corpus : public testing::TestWithParam<Harness> {};
INSTANTIATE_TEST_SUITE_P(Of, Corpus, testing::ValuesIn(harnesses), [](const auto& one) { return one.param.name; });

TEST_P(Corpus, HoldsNoInputThatBreaksAPromise) {
  const auto files = inputs_of(GetParam());
  EXPECT_FALSE(files.empty());
  for (const auto& file : files) EXPECT_NO_THROW(GetParam().run(read_file(file))) << file;
}

TEST_P(Corpus, MayBeCutShortAnywhere) {
  for (const auto& file : inputs_of(GetParam())) {
    const std::string whole = read_file(file);
    const std::size_t step = whole.size() / 64 + 1;
    for (std::size_t size = 0; size < whole.size(); size += step)
      EXPECT_NO_THROW(GetParam().run(std::string_view(whole).substr(0, size))) << file << ", " << size << " bytes";
  }
}

}  // namespace
}  // namespace acdr::fuzz

// SPDX-License-Identifier: GPL-2.0-or-later
// No file, however made, may hang or crash the reader; tests/fuzz goes further than this.
#include "classes/document.hpp"
#include "classes/limits.hpp"
#include "support/class_texts.hpp"
#include "support/source_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace acdr::test {
namespace {

using classes::Faults;
using classes::max_file_bytes;

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

class HostileText : public testing::TestWithParam<const char*> {};

TEST_P(HostileText, OfTheLargestSizeIsRefusedSoonAndWithFewFaults) {
  Faults faults;
  const auto start = std::chrono::steady_clock::now();
  static_cast<void>(classes::read_document("a.yaml", repeated(GetParam(), max_file_bytes), faults));
  EXPECT_TRUE(faults.any());
  EXPECT_LE(faults.sorted().size(), classes::max_faults_per_file + 1);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << "a guard against quadratic time";
}
INSTANTIATE_TEST_SUITE_P(Robustness, HostileText,
                         testing::Values("[", "{", "? ", "- ", "a: ", "[{", "{a: [", "a: b\n", "- a\n", "\"", "'",
                                         "&a ", "*a ", "!a ", "!!", "%", "---\n", "|\n ", ": ", ",", "\n", "#", "\t",
                                         "\\", "[a, ", "{? a : ", "x", "a\n", "- - ", "\r", "\xc3\xa4", "<<: *a\n",
                                         "${"));

std::string mutated(std::string text, std::mt19937& random) {
  const auto pick = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
  static const std::string characters = "[]{},:-?&*!|>'\"%@`#$ \n\t\r\\~<=.0aZ\x7f\xc3\xa4\x00";
  for (std::size_t edits = 1 + pick(6); edits > 0; --edits) {
    const std::size_t at = pick(text.size());
    switch (pick(4)) {
      case 0:
        text[at] = characters[pick(characters.size())];
        break;
      case 1:
        text.insert(at, 1, characters[pick(characters.size())]);
        break;
      case 2:
        text.erase(at, 1 + pick(8));
        break;
      default:
        text.insert(at, text.substr(pick(text.size()), 1 + pick(30)));
    }
    if (text.empty()) text = "\n";
  }
  return text;
}

TEST(Robustness, RandomDamageToSoundDocumentsIsReadOrReported) {
  std::mt19937 random(20240229);
  const auto folder = source_folder() / "tests/unit/classes/documents/good";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string sound = read_file(entry.path());
    for (int round = 0; round < 150; ++round) {
      Faults faults;
      const std::string text = mutated(sound, random);
      const auto document = classes::read_document(entry.path(), text, faults);
      EXPECT_TRUE(document.readable || faults.any()) << text;
      for (const auto& fault : faults.sorted()) {
        EXPECT_GE(fault.origin.line, 1) << text;
        EXPECT_GE(fault.origin.column, 1) << text;
        EXPECT_EQ(fault.message.find('\n'), std::string::npos) << text;
      }
    }
  }
}

TEST(Robustness, AllListsAreLimited) {
  std::string many = "parameters:\n";
  for (int i = 0; i < 65; ++i) many += fmt::format("  p{}: {{type: integer}}\n", i);
  many += "include:\n";
  for (int i = 0; i < 65; ++i) many += fmt::format("  - c{}\n", i);
  many += "conditionings:\n";
  for (int i = 0; i < 65; ++i) many += fmt::format("  - d{}\n", i);
  Faults faults;
  const auto document = classes::read_document("a.yaml", class_text("a", many), faults);
  EXPECT_EQ(lines(faults.sorted(), "/"),
            "a.yaml:5:3: 'parameters' has more than 64 entries\n"
            "a.yaml:71:3: 'include' has more than 64 entries\n"
            "a.yaml:137:3: 'conditionings' has more than 64 entries\n");
  EXPECT_EQ(document.includes.size(), 64U);
}

}  // namespace
}  // namespace acdr::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories against the one rule: the host is a function of its baseline and the live claims. After each
// operation every promise holds, and whenever no claim lives the host is what it would be had acdr never run there.
//
//   ACDR_HISTORY_STEPS   operations in all, over the three kinds of kernels; 1000000 takes an hour or more
//   ACDR_HISTORY_SEED    of the first history
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "property/history.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;

constexpr std::array kernels{Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions};
constexpr std::size_t steps_each = 40;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::optional<std::string> fault_of(Kernel kernel, const History& history) { return Stage(kernel).play(history); }

std::string report(Kernel kernel, std::uint64_t seed, const History& history) {
  const History shorter = shortened(history, [&](const History& part) { return fault_of(kernel, part).has_value(); });
  return fmt::format("kernel {}, seed {}: {}\n{}", static_cast<int>(kernel), seed, *fault_of(kernel, shorter),
                     to_code(shorter));
}

TEST(EngineHistory, KeepsEveryPromiseAndLeavesTheHostAsItWouldBeWithoutAcdr) {
  const auto steps = from_environment("ACDR_HISTORY_STEPS", 3000);
  const auto first = from_environment("ACDR_HISTORY_SEED", 1);
  const std::uint64_t histories = steps / steps_each;
  std::cout << histories << " histories of " << steps_each << " operations from seed " << first << '\n';
  for (std::uint64_t seed = first; seed < first + histories; ++seed) {
    const Kernel kernel = kernels.at(seed % kernels.size());
    const History history = random_history(seed, steps_each);
    if (fault_of(kernel, history)) FAIL() << report(kernel, seed, history);
  }
}

TEST(ShorteningAHistory, LeavesWhatItTakesToFail) {
  History history = random_history(1, 200);
  history[50] = {Operation::die, 3, 7};
  history[150] = {Operation::restart, 3, 7};
  const auto fails = [](const History& part) {
    const auto is = [](Operation::Kind kind) {
      return [kind](const Operation& one) { return one.kind == kind && one.which == 3 && one.value == 7; };
    };
    const auto at = std::ranges::find_if(part, is(Operation::die));
    return at != part.end() && std::find_if(at, part.end(), is(Operation::restart)) != part.end();
  };
  EXPECT_EQ(to_code(shortened(history, fails)), "    {Operation::die, 3, 7},\n    {Operation::restart, 3, 7},\n");
}

}  // namespace
}  // namespace acdr::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories against the one rule: the host is a function of its baseline and the live claims. After each
// operation every promise holds, and whenever no claim lives the host is what it would be had acdr never run there.
//
//   ACDR_HISTORY_STEPS   operations for each of the four kinds of kernels
//   ACDR_HISTORY_SEED    of the first history
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "property/history.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;

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

class EveryKernel : public testing::TestWithParam<Kernel> {};
INSTANTIATE_TEST_SUITE_P(EngineHistory, EveryKernel,
                         testing::Values(Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                                         Kernel::keeps_kthread_masks));

TEST_P(EveryKernel, KeepsEveryPromiseAndLeavesTheHostAsItWouldBeWithoutAcdr) {
  const auto histories = from_environment("ACDR_HISTORY_STEPS", 6000) / steps_each;
  const auto first = from_environment("ACDR_HISTORY_SEED", 1);
  std::cout << histories << " histories of " << steps_each << " operations from seed " << first << '\n';
  for (std::uint64_t seed = first; seed < first + histories; ++seed) {
    const History history = random_history(seed, steps_each);
    if (fault_of(GetParam(), history)) FAIL() << report(GetParam(), seed, history);
  }
}

struct Kept {
  const char* what;
  Kernel kernel;
  History history;
};

/// Histories that failed once, as they were shortened.
const std::vector<Kept> kept{
    {"a host class takes the last CPUs of the node that a strict-numa domain floats on",
     Kernel::overwrites_masks,
     {{Operation::start, 2, 610},
      {Operation::apply, 1, 992},
      {Operation::apply, 3, 913},
      {Operation::start, 3, 111},
      {Operation::apply, 3, 433}}},
    {"a host class is given the helper core of a live domain by name",
     Kernel::has_partitions,
     {{Operation::start, 0, 565}, {Operation::start, 2, 833}, {Operation::apply, 3, 788}}},
    {"a claim is given up while the core of an isolated partition is offline",
     Kernel::has_partitions,
     {{Operation::start, 3, 925}, {Operation::cpu_offline, 3, 287}, {Operation::release_by_hand, 3, 570}}},
    {"a thread's own mask holds all its cgroup has while a CPU is offline",
     Kernel::keeps_masks,
     {{Operation::foreign_mask, 0, 94},
      {Operation::cpu_offline, 1, 440},
      {Operation::start, 3, 945},
      {Operation::cpu_online, 2, 811}}},
    {"an interrupt is requested while a claim narrows the default mask",
     Kernel::overwrites_masks,
     {{Operation::apply, 1, 852}, {Operation::irq_arrives, 0, 734}}},
    {"a domain is conditioned of which a thread has a mask of its own",
     Kernel::overwrites_masks,
     {{Operation::apply, 0, 484},
      {Operation::start, 1, 400},
      {Operation::release_by_hand, 1, 957},
      {Operation::foreign_mask, 1, 960},
      {Operation::restart, 0, 90}}}};

TEST(EngineHistory, ThatFailedOnceIsMended) {
  for (const auto& one : kept) EXPECT_EQ(fault_of(one.kernel, one.history).value_or(""), "") << one.what;
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

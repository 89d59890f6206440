// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mailbox.hpp"

#include <gmock/gmock.h>
#include <poll.h>

#include <thread>

namespace acdr {
namespace {

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST(Mailbox, IsReadableWhileSomethingWaits) {
  const auto mailbox = Mailbox::create().value();
  EXPECT_FALSE(readable(mailbox->fd()));
  mailbox->post([] {});
  mailbox->post([] {});
  EXPECT_TRUE(readable(mailbox->fd()));
  mailbox->drain();
  EXPECT_FALSE(readable(mailbox->fd()));
}

TEST(Mailbox, RunsLettersInTheOrderOfPosting) {
  const auto mailbox = Mailbox::create().value();
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) mailbox->post([&seen, i] { seen.push_back(i); });
  mailbox->drain();
  EXPECT_THAT(seen, testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(Mailbox, WhatALetterPostsWaitsForTheNextDrain) {
  const auto mailbox = Mailbox::create().value();
  int runs = 0;
  mailbox->post([&] { mailbox->post([&] { ++runs; }); });
  mailbox->drain();
  EXPECT_EQ(runs, 0);
  EXPECT_TRUE(readable(mailbox->fd()));
  mailbox->drain();
  EXPECT_EQ(runs, 1);
}

TEST(Mailbox, ALetterMayLetGoOfTheMailbox) {
  auto mailbox = Mailbox::create().value();
  mailbox->post([&mailbox] { mailbox.reset(); });
  std::shared_ptr<Mailbox>(mailbox)->drain();
  EXPECT_EQ(mailbox, nullptr);
}

TEST(Mailbox, LosesNothingBetweenThreads) {
  const auto mailbox = Mailbox::create().value();
  constexpr int letters = 1000;
  int seen = 0;  // touched by this thread only
  const auto post_all = [&] {
    for (int i = 0; i < letters; ++i) mailbox->post([&seen] { ++seen; });
  };
  std::thread one(post_all);
  std::thread two(post_all);
  while (seen < 2 * letters) {
    pollfd entry{mailbox->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 60'000), 1);
    mailbox->drain();
  }
  one.join();
  two.join();
  EXPECT_FALSE(readable(mailbox->fd()));
}

}  // namespace
}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/errors.hpp"

#include <gtest/gtest.h>

namespace acdr::test {
namespace {

TEST(BusErrors, SurviveTheWayOverTheBus) {
  for (const auto kind :
       {ErrorKind::failed, ErrorKind::usage, ErrorKind::not_found, ErrorKind::refused, ErrorKind::unreachable}) {
    const Error back = from_bus_error(to_bus_error(Error(kind, "what", "remedy")));
    EXPECT_EQ(back.kind(), kind);
    EXPECT_EQ(back.message(), "what; remedy");
  }
}

TEST(BusErrors, KnowWhatOthersCallThem) {
  const auto kind = [](const char* name) { return from_bus_error(sdbus::Error(name, "text")).kind(); };
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.AccessDenied"), ErrorKind::refused);
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"), ErrorKind::refused);
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.ServiceUnknown"), ErrorKind::unreachable);
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.Spawn.ChildExited"), ErrorKind::unreachable);
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.NoReply"), ErrorKind::unreachable);
  EXPECT_EQ(kind("org.freedesktop.DBus.Error.UnknownMethod"), ErrorKind::failed);
  EXPECT_EQ(kind("org.acdr1.Error.SomethingNewer"), ErrorKind::failed);
}

TEST(BusErrors, AlwaysSaySomething) {
  EXPECT_EQ(from_bus_error(sdbus::Error("org.example.Error", "")).message(), "org.example.Error");
}

TEST(ToUtf8, KeepsWhatIsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(to_utf8("plain \"quoted\" \n ü €"), "plain \"quoted\" \n ü €");
  EXPECT_EQ(to_utf8("a\xff"), "a\xef\xbf\xbd");
}

}  // namespace
}  // namespace acdr::test

// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/domain_follower.hpp"

#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using namespace std::string_view_literals;

TEST(ScopeOf, IsThePathUpToTheScope) {
  EXPECT_EQ(scope_of_process("0::/machine.slice/machine-qemu\\x2d1\\x2da.scope/libvirt/emulator\n"),
            "machine.slice/machine-qemu\\x2d1\\x2da.scope");
  EXPECT_EQ(scope_of_process("0::/machine.slice/a.scope\n"), "machine.slice/a.scope");
}

TEST(ScopeOf, IsEmptyOutsideAScope) {
  EXPECT_EQ(scope_of_process("0::/system.slice/libvirtd.service\n"), "");
  EXPECT_EQ(scope_of_process("12:cpuset:/x\n"), "");
  EXPECT_EQ(scope_of_process("0::/machine.slice/a.scopes/b\n"), "");
}

TEST(UuidOf, IsTheOptionsValue) {
  EXPECT_EQ(uuid_of("qemu\0-name\0guest=a\0-uuid\0c7a5fdbd-edaf-9455-926a-d65c16db1809\0-S\0"sv),
            "c7a5fdbd-edaf-9455-926a-d65c16db1809");
}

TEST(UuidOf, IsEmptyForOtherPrograms) { EXPECT_EQ(uuid_of("/usr/sbin/libvirtd\0"sv), ""); }

}  // namespace
}  // namespace acdr::test

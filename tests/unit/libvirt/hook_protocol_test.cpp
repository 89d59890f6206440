// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/hook_protocol.hpp"

#include <gtest/gtest.h>

namespace acdr {
namespace {

TEST(HookProtocol, ARequestComesBackAsItWasSent) {
  const HookRequest request{"prepare", "web 1 \"x\"", "<domain>\n</domain>\n"};
  const auto text = encode_hook_request(request);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "acdr-hook/1 prepare web 1 \"x\"\n<domain>\n</domain>\n");
  EXPECT_EQ(parse_hook_request(*text).value_or(HookRequest{}), request);
}

TEST(HookProtocol, BrokenRequestsAreErrors) {
  for (const std::string& text : std::initializer_list<std::string>{
           "", "GET / HTTP/1.1\r\n\r\n", "acdr-hook/2 prepare d\n<x/>", "acdr-hook/1 prepare d",
           "acdr-hook/1 prepare\n<x/>", "acdr-hook/1 prepare \n<x/>", "acdr-hook/1  d\n<x/>",
           "acdr-hook/1 Pre-pare d\n<x/>", "acdr-hook/1 prepare d\n", "acdr-hook/1 prepare a\tb\n<x/>",
           std::string("acdr-hook/1 prepare a\0b\n<x/>", 28)}) {
    const auto request = parse_hook_request(text);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().kind(), ErrorKind::usage);
  }
}

TEST(HookProtocol, LimitsHoldOnBothSides) {
  const HookRequest long_name{"prepare", std::string(hook_name_limit + 1, 'n'), "<x/>"};
  const HookRequest large_xml{"prepare", "d", std::string(hook_xml_limit + 1, 'x')};
  const HookRequest largest{"prepare", std::string(hook_name_limit, 'n'), std::string(hook_xml_limit, 'x')};
  EXPECT_FALSE(encode_hook_request(long_name));
  EXPECT_FALSE(encode_hook_request(large_xml));
  EXPECT_FALSE(parse_hook_request("acdr-hook/1 prepare " + long_name.domain + "\n<x/>"));
  EXPECT_FALSE(parse_hook_request("acdr-hook/1 prepare d\n" + large_xml.xml));
  const auto text = encode_hook_request(largest);
  ASSERT_TRUE(text);
  EXPECT_LE(text->size(), hook_request_limit);
  EXPECT_TRUE(parse_hook_request(*text));
}

TEST(HookProtocol, RepliesComeBackAsTheyWereSent) {
  EXPECT_EQ(encode_hook_reply(""), "ok\n");
  EXPECT_EQ(encode_hook_reply("no cores left on node 1"), "refuse no cores left on node 1\n");
  EXPECT_EQ(parse_hook_reply("ok\n").value_or("?"), "");
  EXPECT_EQ(parse_hook_reply("refuse no cores left on node 1\n").value_or("?"), "no cores left on node 1");
}

TEST(HookProtocol, AReasonIsMadeOneLineOfLimitedLength) {
  EXPECT_EQ(encode_hook_reply("a\nb\tc"), "refuse a b c\n");
  const auto reply = encode_hook_reply(std::string(10'000, 'r'));
  EXPECT_LE(reply.size(), hook_reply_limit);
  EXPECT_TRUE(parse_hook_reply(reply));
}

TEST(HookProtocol, ARequestForPatienceIsNoReply) {
  EXPECT_EQ(parse_hook_reply("wait\nok\n").value(), "");
  EXPECT_EQ(parse_hook_reply("wait\nwait\nrefuse no room\n").value(), "no room");
  EXPECT_FALSE(parse_hook_reply("wait\n"));
  EXPECT_FALSE(parse_hook_reply("ok\nwait\n"));
}

TEST(HookProtocol, HalfARefusalIsADoubtAndNoRefusal) {
  for (const char* text :
       {"", "ok", "ok\n\n", "ok \n", "refuse", "refuse \n", "refuse no", "refuse a\nb\n", "no\n", "OK\n"})
    EXPECT_FALSE(parse_hook_reply(text)) << text;
  EXPECT_FALSE(parse_hook_reply("refuse " + std::string(10'000, 'r') + "\n"));
}

}  // namespace
}  // namespace acdr

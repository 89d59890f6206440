// SPDX-License-Identifier: GPL-2.0-or-later
#include <pugixml.hpp>
#include <set>

#include "support/source_folder.hpp"
#include "unit/bus/support.hpp"

namespace acdr::test {
namespace {

/// An interface as a list of lines, so that a difference shows as one: "method Apply", "method Apply in class s", ...
std::vector<std::string> describe(const pugi::xml_node& interface) {
  std::vector<std::string> lines;
  for (const auto& member : interface.children()) {
    if (std::string_view(member.name()) == "annotation") continue;
    std::string line = fmt::format("{} {}", member.name(), member.attribute("name").value());
    if (*member.attribute("type").value() != '\0')
      line += fmt::format(" {} {}", member.attribute("type").value(), member.attribute("access").value());
    lines.push_back(line);
    int place = 0;
    for (const auto& argument : member.children("arg"))
      lines.push_back(fmt::format("{} arg {} {} {} {}", line, place++, argument.attribute("direction").value(),
                                  argument.attribute("name").value(), argument.attribute("type").value()));
    for (const auto& note : member.children("annotation"))
      lines.push_back(fmt::format("{} {}={}", line, note.attribute("name").value(), note.attribute("value").value()));
  }
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::string> manager_of(const pugi::xml_document& document) {
  return describe(document.child("node").find_child_by_attribute("interface", "name", manager_interface));
}

class InterfaceXmlTest : public BusTest {};

TEST_F(InterfaceXmlTest, IsWhatTheDaemonExports) {
  FakeHandler handler;
  FakeAuthoriser authoriser;
  const auto object = ManagerObject::create(*server.connection, handler, authoriser, "1");
  ASSERT_TRUE(object);
  auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), manager_path);
  std::string exported;
  proxy->callMethodAsync("Introspect")
      .onInterface("org.freedesktop.DBus.Introspectable")
      .uponReplyInvoke([&](const sdbus::Error*, const std::string& xml) { exported = xml; });
  ASSERT_TRUE(loop.run_until([&] { return !exported.empty(); }));

  pugi::xml_document daemon, contract;
  ASSERT_TRUE(daemon.load_string(exported.c_str()));
  ASSERT_TRUE(contract.load_file((source_folder() / "daemon/bus/org.acdr1.xml").c_str()));
  const auto lines = manager_of(contract);
  EXPECT_GT(lines.size(), 30U);
  EXPECT_EQ(lines, manager_of(daemon));
  EXPECT_STREQ(contract.child("node").attribute("name").value(), manager_path);
}

}  // namespace
}  // namespace acdr::test

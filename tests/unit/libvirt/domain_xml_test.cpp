// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_xml.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "support/source_folder.hpp"

namespace acdr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

DomainDefinition recorded(const std::string& name) {
  std::ifstream file(test::source_folder() / "tests/unit/libvirt/domains" / name);
  std::stringstream text;
  text << file.rdbuf();
  const auto definition = parse_domain_xml(text.str());
  EXPECT_TRUE(definition) << definition.error().message();
  return definition.value_or(DomainDefinition{});
}

std::string domain_with(const std::string& inside) {
  return "<domain><name>d</name><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid>" + inside + "</domain>";
}

std::string error_of(const std::string& xml) {
  const auto definition = parse_domain_xml(xml);
  EXPECT_FALSE(definition);
  if (definition) return "";
  EXPECT_EQ(definition.error().kind(), ErrorKind::usage);
  return definition.error().message();
}

TEST(DomainXml, APlainDomainHasNothingThatItDoesNotSay) {
  const auto plain = recorded("plain.xml");
  EXPECT_EQ(plain.uuid, "0a1b2c3d-0000-4000-8000-00000000000a");
  EXPECT_EQ(plain.name, "plain");
  EXPECT_EQ(plain.vcpus, 2U);
  EXPECT_EQ(plain.current_vcpus, 2U);
  EXPECT_EQ(plain.iothreads, 0U);
  EXPECT_THAT(plain.iothread_ids, IsEmpty());
  EXPECT_EQ(plain.memory.value, 1ULL << 30);
  EXPECT_EQ(plain.partition, "");
  EXPECT_THAT(plain.interfaces, IsEmpty());
  EXPECT_THAT(plain.pci_devices, IsEmpty());
  EXPECT_TRUE(plain.pinned.empty());
  EXPECT_FALSE(plain.tag);
  EXPECT_EQ(plain.tag_error, "");
}

TEST(DomainXml, SizesAndPlacementAreRead) {
  const auto gateway = recorded("gateway.xml");
  EXPECT_EQ(gateway.vcpus, 8U);
  EXPECT_EQ(gateway.current_vcpus, 4U);
  EXPECT_EQ(gateway.memory.value, 8ULL << 30);
  EXPECT_EQ(gateway.partition, "/machine/production");
  EXPECT_EQ(gateway.pinned.to_list(), "1-5,8-9,12");
  EXPECT_EQ(gateway.memory_nodes.to_list(), "1");
}

TEST(DomainXml, IothreadsWithoutAnIdGetTheLowestFreeOne) {
  EXPECT_THAT(recorded("gateway.xml").iothread_ids, ElementsAre(1, 2, 4));
}

TEST(DomainXml, DevicesThatTieTheDomainToTheHostAreNamedOnce) {
  const auto gateway = recorded("gateway.xml");
  EXPECT_THAT(gateway.interfaces, ElementsAre("br0", "enp33s0f1"));
  EXPECT_THAT(gateway.target_devices, ElementsAre("vnet3", "macvtap0", "vnet4"));
  EXPECT_THAT(gateway.pci_devices, ElementsAre("0000:41:00.0", "0000:21:02.3", "0001:a1:00.0"));
}

TEST(DomainXml, AddressesAreThoseWhosePacketsComeByWayOfTheHost) {
  EXPECT_THAT(recorded("gateway.xml").addresses, ElementsAre("52:54:00:aa:bb:01", "52:54:00:aa:bb:02"));
}

TEST(DomainXml, TheTagIsFoundAmongForeignMetadata) {
  const auto gateway = recorded("gateway.xml");
  ASSERT_TRUE(gateway.tag) << gateway.tag_error;
  EXPECT_EQ(gateway.tag->class_name, "packet-gateway");
  EXPECT_THAT(gateway.tag->parameters, ElementsAre(std::pair("note", "a < b & c"), std::pair("queues", "4")));
}

TEST(DomainXml, LibvirtsOwnStatusFilesAreRead) { EXPECT_EQ(recorded("domstatus.xml").name, "web"); }

TEST(DomainXml, UuidsAreMadeCanonical) {
  const auto definition =
      parse_domain_xml("<domain><name>d</name><uuid>0A1B2C3D00004000800000000000000A</uuid></domain>");
  ASSERT_TRUE(definition);
  EXPECT_EQ(definition->uuid, "0a1b2c3d-0000-4000-8000-00000000000a");
}

TEST(DomainXml, MalformedXmlIsReportedWithLineAndColumn) {
  EXPECT_EQ(error_of("<domain>\n  <name>x</nam>\n</domain>"), "domain XML, line 2, column 12: Start-end tags mismatch");
  EXPECT_THAT(error_of(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(error_of("<domain>"), HasSubstr("line 1, column"));
}

TEST(DomainXml, ANulByteDoesNotHideTheRest) {
  EXPECT_EQ(error_of(std::string("<domain/>\n\0<x/>", 15)), "domain XML, line 2, column 1: a NUL byte");
}

TEST(DomainXml, WhatIsNoDomainIsRefused) {
  EXPECT_EQ(error_of("<network/>"), "not a domain: the XML's root element is <network>");
  EXPECT_EQ(error_of("<domstatus/>"), "not a domain: the XML's root element is <domstatus>");
  EXPECT_EQ(error_of("<domain/>"), "the domain has no <uuid>");
  EXPECT_EQ(error_of("<domain><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid></domain>"), "the domain has no <name>");
  EXPECT_THAT(error_of("<domain><name>d</name><uuid>0a1b2c3d-zz</uuid></domain>"), HasSubstr("not a UUID"));
  EXPECT_THAT(error_of("<domain><name>d</name><uuid>0a1b2c3d-0000-4000-8000-00000000000ab</uuid></domain>"),
              HasSubstr("not a UUID"));
}

TEST(DomainXml, ValuesThatCannotBeReadAreErrors) {
  EXPECT_EQ(error_of(domain_with("<vcpu>many</vcpu>")), "<vcpu> holds 'many', not a number up to 65535");
  EXPECT_THAT(error_of(domain_with("<vcpu current='-1'>2</vcpu>")), HasSubstr("<vcpu current> holds '-1'"));
  EXPECT_THAT(error_of(domain_with("<vcpu>4000000000</vcpu>")), HasSubstr("not a number up to"));
  EXPECT_THAT(error_of(domain_with("<memory unit='acre'>1</memory>")), HasSubstr("unknown unit 'acre'"));
  EXPECT_THAT(error_of(domain_with("<memory unit='TiB'>99999999</memory>")), HasSubstr("<memory> holds"));
  EXPECT_THAT(error_of(domain_with("<vcpu cpuset='3-1'>1</vcpu>")), HasSubstr("<vcpu cpuset>"));
  EXPECT_THAT(error_of(domain_with("<cputune><vcpupin vcpu='0' cpuset='x'/></cputune>")),
              HasSubstr("<vcpupin cpuset>"));
}

TEST(DomainXml, XmlAboveTheLimitIsNotEvenParsed) {
  EXPECT_THAT(error_of(std::string(domain_xml_limit + 1, ' ')), HasSubstr("larger than"));
}

TEST(DomainXml, EntitiesOfADoctypeAreNotExpanded) {
  const auto definition = parse_domain_xml("<!DOCTYPE domain [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" +
                                           domain_with("<resource><partition>&e;</partition></resource>"));
  ASSERT_TRUE(definition) << definition.error().message();
  EXPECT_EQ(definition->partition, "&e;");
}

TEST(DomainXml, DeepNestingIsNoStackOverflow) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_THAT(error_of("<domain>" + deep), HasSubstr("line 1"));
}

TEST(DomainXml, ANovaFlavorIsReadFromNovasOwnMetadata) {
  const auto domain = parse_domain_xml(domain_with(R"(
    <metadata><nova:instance xmlns:nova="urn:example/xmlns/libvirt/nova/1.1">
      <nova:flavor name="rt.large"><nova:extraSpecs>
        <nova:extraSpec name="hw:cpu_policy">dedicated</nova:extraSpec>
        <nova:extraSpec name="acdr:class"> realtime </nova:extraSpec>
      </nova:extraSpecs></nova:flavor></nova:instance></metadata>)"));
  ASSERT_TRUE(domain) << domain.error().message();
  EXPECT_EQ(domain->flavor, "rt.large");
  EXPECT_EQ(domain->flavor_class, "realtime");
  EXPECT_FALSE(domain->tag);
}

TEST(DomainXml, HugePagesAndTheBalloonAreRead) {
  const auto plain = parse_domain_xml(domain_with("")).value();
  EXPECT_FALSE(plain.huge_page_size);
  EXPECT_TRUE(plain.balloon);
  const auto huge =
      parse_domain_xml(
          domain_with("<memoryBacking><hugepages><page size='1048576' unit='KiB'/></hugepages></memoryBacking>"
                      "<devices><memballoon model='none'/></devices>"))
          .value();
  EXPECT_EQ(huge.huge_page_size->value, 1ULL << 30);
  EXPECT_FALSE(huge.balloon);
  EXPECT_EQ(parse_domain_xml(domain_with("<memoryBacking><hugepages/></memoryBacking>")).value().huge_page_size->value,
            0U);
}

TEST(DomainXml, TheBalloonsPollingAndSizeAreRead) {
  const auto polled =
      parse_domain_xml(domain_with("<memory unit='GiB'>2</memory><currentMemory unit='KiB'>524288</currentMemory>"
                                   "<devices><memballoon model='virtio'><stats period='5'/></memballoon></devices>"))
          .value();
  EXPECT_EQ(polled.balloon_polling, std::chrono::seconds(5));
  EXPECT_EQ(polled.balloon_size, Bytes{512ULL << 20});
  const auto plain = parse_domain_xml(domain_with("<memory unit='GiB'>2</memory>")).value();
  EXPECT_EQ(plain.balloon_polling, std::chrono::seconds(0));
  EXPECT_EQ(plain.balloon_size, Bytes{2ULL << 30}) << "without <currentMemory> the guest has it all";
  EXPECT_THAT(error_of(domain_with("<devices><memballoon><stats period='often'/></memballoon></devices>")),
              HasSubstr("<stats period> holds 'often'"));
}

TEST(DomainXml, ANameThatWouldNotFitALogIsRefused) {
  const auto named = [](const std::string& name) {
    return "<domain><name>" + name + "</name><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid></domain>";
  };
  EXPECT_TRUE(parse_domain_xml(named(std::string(domain_name_limit, 'x'))));
  EXPECT_EQ(error_of(named(std::string(domain_name_limit + 1, 'x'))), "the domain's <name> is longer than 1024 bytes");
  EXPECT_EQ(error_of(named("a&#27;[2Jb")), "the domain's <name> 'a\\x1b[2Jb' has control characters in it");
}

TEST(DomainXml, DevicesAreLimited) {
  std::string devices;
  const auto add = [&](std::size_t number) {
    devices += fmt::format("<interface><source bridge='br{}'/></interface>", number);
  };
  for (std::size_t number = 0; number < domain_devices_limit; ++number) add(number);
  EXPECT_TRUE(parse_domain_xml(domain_with("<devices>" + devices + "</devices>")));
  add(domain_devices_limit);
  EXPECT_EQ(error_of(domain_with("<devices>" + devices + "</devices>")),
            "the domain has more than 1024 interfaces or devices");
}

}  // namespace
}  // namespace acdr

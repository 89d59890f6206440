// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_adaptation.hpp"

#include <gmock/gmock.h>

#include "libvirt/domain_xml.hpp"

namespace acdr {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Adaptation pages{"memoryBacking", "<hugepages><page size='2048' unit='KiB'/></hugepages>", "hugepages"};

std::string domain_with(const std::string& inside) {
  return "<domain type='test'><name>web</name><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid>" + inside + "</domain>";
}

AdaptedXml adapted(const std::string& inside) {
  return adapt_domain_xml(domain_with(inside), std::vector{pages}).value();
}

TEST(DomainAdaptation, AddsWhatIsLacking) {
  const auto result = adapted("");
  EXPECT_THAT(result.added, testing::ElementsAre(pages));
  EXPECT_EQ(parse_domain_xml(result.xml).value().huge_page_size->value, 2U << 20);
}

TEST(DomainAdaptation, AddsToAParentThatIsThere) {
  const auto result = adapted("<memoryBacking><locked/></memoryBacking>");
  EXPECT_EQ(result.xml, domain_with("<memoryBacking><locked/><hugepages><page size=\"2048\" unit=\"KiB\"/></hugepages>"
                                    "</memoryBacking>")
                            .replace(0, 20, "<domain type=\"test\">"));
}

TEST(DomainAdaptation, LeavesWhatIsThereWhateverItSays) {
  const auto result = adapted("<memoryBacking><hugepages><page size='1048576'/></hugepages></memoryBacking>");
  EXPECT_THAT(result.added, IsEmpty());
  EXPECT_EQ(parse_domain_xml(result.xml).value().huge_page_size->value, 1U << 30);
}

TEST(DomainAdaptation, TheSameElementIsAddedOnce) {
  const auto result = adapt_domain_xml(domain_with(""), std::vector{pages, pages});
  EXPECT_EQ(result->added.size(), 1U);
}

TEST(DomainAdaptation, KeepsWhatIsNotItsOwn) {
  const std::string inside =
      "<metadata><x:y xmlns:x=\"urn:x\"> <!-- a note --> a &amp; b &lt; c<x:z/>\n  </x:y></metadata>"
      "<devices><graphics passwd=\"a&quot;b\"/></devices>";
  EXPECT_THAT(adapted(inside).xml, HasSubstr(inside));
}

TEST(DomainAdaptation, XmlThatCannotBeReadIsAnError) {
  for (const char* bad : {"", "<domain>", "<network/>", "<domain><name>a</name></domain>"})
    EXPECT_FALSE(adapt_domain_xml(bad, std::vector{pages})) << bad;
}

}  // namespace
}  // namespace acdr

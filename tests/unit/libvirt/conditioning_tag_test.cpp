// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/conditioning_tag.hpp"

#include <gmock/gmock.h>

namespace acdr {
namespace {

using testing::IsEmpty;

DomainDefinition with_metadata(const std::string& metadata) {
  const auto definition =
      parse_domain_xml("<domain><name>d</name><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid><metadata>" + metadata +
                       "</metadata></domain>");
  EXPECT_TRUE(definition) << definition.error().message();
  return definition.value_or(DomainDefinition{});
}

/// The sentence about a conditioning element with this between `class="c"` and its end.
std::string error_inside(const std::string& inside) {
  const auto definition =
      with_metadata(R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="c")" + inside + "</acdr:conditioning>");
  EXPECT_FALSE(definition.tag);
  return definition.tag_error;
}

TEST(ConditioningTag, AnyPrefixWillDoAndTheDefaultNamespaceToo) {
  for (
      const char* metadata :
      {R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="c"><acdr:param name="p">v</acdr:param></acdr:conditioning>)",
       R"(<x:conditioning xmlns:x="urn:acdr:domain:1" class="c"><x:param name="p">v</x:param></x:conditioning>)",
       R"(<conditioning xmlns="urn:acdr:domain:1" class="c"><param name="p">v</param></conditioning>)",
       R"(<a:conditioning xmlns:a="urn:acdr:domain:1" class="c"><b:param xmlns:b="urn:acdr:domain:1" name="p">v</b:param></a:conditioning>)"}) {
    const auto definition = with_metadata(metadata);
    ASSERT_TRUE(definition.tag) << metadata << ": " << definition.tag_error;
    EXPECT_EQ(*definition.tag, (ConditioningTag{"c", {{"p", "v"}}}));
  }
}

TEST(ConditioningTag, ThePrefixMayBeBoundFurtherOut) {
  const auto definition = parse_domain_xml(
      R"(<domain xmlns:acdr="urn:acdr:domain:1"><name>d</name><uuid>0a1b2c3d-0000-4000-8000-00000000000a</uuid>)"
      R"(<metadata><acdr:conditioning class="c"/></metadata></domain>)");
  ASSERT_TRUE(definition);
  ASSERT_TRUE(definition->tag) << definition->tag_error;
  EXPECT_EQ(definition->tag->class_name, "c");
}

TEST(ConditioningTag, OtherNamespacesAreNotOurs) {
  for (const char* metadata :
       {R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:2" class="c"/>)", R"(<conditioning class="c"/>)",
        R"(<o:x xmlns:o="urn:o"><acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="c"/></o:x>)"}) {
    const auto definition = with_metadata(metadata);
    EXPECT_FALSE(definition.tag) << metadata;
    EXPECT_EQ(definition.tag_error, "") << metadata;
  }
}

TEST(ConditioningTag, TheInnermostBindingOfAPrefixCounts) {
  EXPECT_EQ(error_inside(R"(><acdr:param xmlns:acdr="urn:other" name="p">v</acdr:param>)"),
            "<acdr:conditioning> holds an unknown element <acdr:param>; it takes <param> in the same namespace");
}

TEST(ConditioningTag, WhatIsBrokenIsSaidInASentence) {
  EXPECT_EQ(with_metadata(R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1"/>)").tag_error,
            "<acdr:conditioning> has no attribute 'class'");
  EXPECT_EQ(with_metadata(R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class=""/>)").tag_error,
            "the class name '' is empty or has blanks in it");
  EXPECT_EQ(with_metadata(R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="a b"/>)").tag_error,
            "the class name 'a b' is empty or has blanks in it");
  EXPECT_EQ(with_metadata(R"(<acdr:conditioning class="c"/>)").tag_error,
            "the prefix of <acdr:conditioning> is not bound to urn:acdr:domain:1");
  EXPECT_EQ(with_metadata(R"(<acdr:condition xmlns:acdr="urn:acdr:domain:1" class="c"/>)").tag_error,
            "<acdr:condition> is unknown; urn:acdr:domain:1 has the element 'conditioning'");
}

TEST(ConditioningTag, WhatIsBrokenInsideIsSaidInASentence) {
  EXPECT_EQ(error_inside(R"( klass="d">)"), "<acdr:conditioning> has an unknown attribute 'klass'; it takes 'class'");
  EXPECT_EQ(error_inside(R"( class="d">)"), "<acdr:conditioning> has the attribute 'class' twice");
  EXPECT_EQ(error_inside(">text"), "<acdr:conditioning> holds text; it takes <param> elements");
  EXPECT_EQ(error_inside("><param name='p'>v</param>"),
            "<acdr:conditioning> holds an unknown element <param>; it takes <param> in the same namespace");
  EXPECT_EQ(error_inside("><acdr:parm name='p'>v</acdr:parm>"),
            "<acdr:conditioning> holds an unknown element <acdr:parm>; it takes <param> in the same namespace");
  EXPECT_EQ(error_inside("><acdr:param>v</acdr:param>"), "<acdr:param> has no attribute 'name'");
  EXPECT_EQ(error_inside("><acdr:param name='p' value='v'/>"),
            "<acdr:param> has an unknown attribute 'value'; it takes 'name'");
  EXPECT_EQ(error_inside("><acdr:param name='p'><b>v</b></acdr:param>"),
            "<acdr:param> holds an element <b>; it takes text");
  EXPECT_EQ(error_inside("><acdr:param name='p'>1</acdr:param><acdr:param name='p'>2</acdr:param>"),
            "parameter 'p' is given twice");
}

TEST(ConditioningTag, ASecondElementMakesBothVoid) {
  const std::string element = R"(<acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="c"/>)";
  const auto definition = with_metadata(element + element);
  EXPECT_FALSE(definition.tag);
  EXPECT_EQ(definition.tag_error, "there is more than one conditioning element");
}

TEST(ConditioningTag, NumberAndLengthsHaveLimits) {
  const auto param = [](const std::string& name, const std::string& value) {
    return fmt::format("<acdr:param name='{}'>{}</acdr:param>", name, value);
  };
  EXPECT_EQ(error_inside(">" + param(std::string(tag_name_limit + 1, 'n'), "v")),
            "the parameter name is longer than 64 bytes");
  EXPECT_EQ(error_inside(">" + param("p", std::string(tag_value_limit + 1, 'v'))),
            "the value of parameter 'p' is longer than 4096 bytes");
  std::string many = ">";
  for (std::size_t i = 0; i <= tag_parameters_limit; ++i) many += param(fmt::format("p{}", i), "v");
  EXPECT_EQ(error_inside(many), "there are more than 64 parameters");
}

TEST(ConditioningTag, CommentsAndIndentationDoNotCount) {
  const auto definition = with_metadata(R"(<!-- c --><acdr:conditioning xmlns:acdr="urn:acdr:domain:1" class="c">
    <!-- why --> <acdr:param name="p">  <!-- x -->a<![CDATA[<b>]]>
    </acdr:param></acdr:conditioning>)");
  ASSERT_TRUE(definition.tag) << definition.tag_error;
  EXPECT_EQ(definition.tag->parameters.at("p"), "a<b>");
}

TEST(ConditioningTag, TheElementForLibvirtIsEscaped) {
  EXPECT_EQ(metadata_element({"c", {}}), R"(<conditioning class="c"/>)");
  EXPECT_EQ(metadata_element({"a\"<&", {{"p", "<&>"}}}),
            R"(<conditioning class="a&quot;&lt;&amp;"><param name="p">&lt;&amp;&gt;</param></conditioning>)");
}

}  // namespace
}  // namespace acdr

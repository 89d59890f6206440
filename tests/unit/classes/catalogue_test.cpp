// SPDX-License-Identifier: GPL-2.0-or-later
// Directories, files and what a catalogue answers; the language itself is in documents/.
#include "classes/limits.hpp"
#include "support/class_texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace acdr::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view ban = "conditionings:\n  - irq-ban\n";

std::string names(const Catalogue& catalogue) {
  std::string text;
  for (const auto& one : catalogue.list()) text += one.name + (one.overrides_shipped ? "* " : " ");
  return text;
}

TEST(Catalogue, OfNoDirectoryOrAMissingOneIsEmptyAndSound) {
  EXPECT_TRUE(Catalogue::load({}, specs()).diagnostics.empty());
  const auto load = Catalogue::load({"/not/really/there"}, specs());
  EXPECT_TRUE(load.diagnostics.empty());
  EXPECT_TRUE(load.catalogue.list().empty());
  EXPECT_EQ(load.catalogue.resolve("vnf", {}).error().message(), "no class is called 'vnf'; there are none");
}

TEST(Catalogue, ListsClassesWithSummaryAndFile) {
  const TemporaryDirectory directory;
  const auto file = directory.write("one.yaml", class_text("one", ban));
  const auto load = Catalogue::load({directory.path()}, specs());
  ASSERT_THAT(load.catalogue.list(), SizeIs(1));
  EXPECT_EQ(load.catalogue.list()[0].name, "one");
  EXPECT_EQ(load.catalogue.list()[0].summary, "A class");
  EXPECT_EQ(load.catalogue.list()[0].file, file.string());
  EXPECT_FALSE(load.catalogue.list()[0].overrides_shipped);
}

TEST(Catalogue, LetsALaterDirectoryOverrideByName) {
  const TemporaryDirectory root;
  root.write("usr/a.yaml", class_text("a", ban));
  root.write("usr/b.yaml", class_text("b", "include:\n  - a\n"));
  root.write("etc/a.yaml", class_text("a", "conditionings:\n  - cleaner-cores\n"));
  root.write("etc/c.yaml", class_text("c", ban));
  const auto load = Catalogue::load({root.path() / "usr", root.path() / "etc"}, specs());
  ASSERT_EQ(lines(load.diagnostics, root.path()), "");
  EXPECT_EQ(names(load.catalogue), "a* b c ");
  EXPECT_EQ(describe(*load.catalogue.resolve("b", {})), "cleaner-cores cores=auto\n") << "includes see the override";
}

TEST(Catalogue, HasTheClassesThatNoFaultHasToDoWith) {
  const TemporaryDirectory root;
  root.write("usr/a.yaml", class_text("a", ban));
  root.write("usr/b.yaml", class_text("b", "conditionings: [nonsense]\n"));
  root.write("etc/c.yaml", "not: a class\n");
  const auto load = Catalogue::load({root.path() / "usr", root.path() / "etc"}, specs());
  EXPECT_THAT(lines(load.diagnostics, root.path()), HasSubstr("usr/b.yaml:4:17: unknown conditioning 'nonsense'"));
  EXPECT_THAT(lines(load.diagnostics, root.path()), HasSubstr("etc/c.yaml:1:1: unknown key 'not'"));
  EXPECT_EQ(names(load.catalogue), "a ");
  EXPECT_THAT(load.catalogue.faulty(), ElementsAre("b", "c"));
  EXPECT_TRUE(load.catalogue.resolve("a", {}));
}

TEST(Catalogue, SaysWhereTheFaultOfAClassIs) {
  const TemporaryDirectory root;
  root.write("b.yaml", class_text("b", "conditionings: [nonsense]\n"));
  const auto load = Catalogue::load({root.path()}, specs());
  const auto error = load.catalogue.resolve("b", {}).error();
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_THAT(error.what(),
              HasSubstr("class 'b' has a fault: " + (root.path() / "b.yaml").string() + ":4:17: unknown"));
  EXPECT_EQ(error.remedy(), "mend it, then use acdrctl reload");
}

TEST(Catalogue, HasNoClassThatIncludesAFaultyOneAtAnyDepth) {
  const TemporaryDirectory root;
  root.write("a.yaml", class_text("a", "include: [b]\n"));
  root.write("b.yaml", class_text("b", "include: [c]\n"));
  root.write("c.yaml", class_text("c", std::string(ban) + "nonsense: 1\n"));
  root.write("d.yaml", class_text("d", ban));
  const auto load = Catalogue::load({root.path()}, specs());
  EXPECT_EQ(names(load.catalogue), "d ");
  EXPECT_THAT(load.catalogue.resolve("a", {}).error().what(), HasSubstr("c.yaml:6:1: unknown key 'nonsense'"));
}

TEST(Catalogue, HasNoneOfTheClassesThatIncludeEachOther) {
  const TemporaryDirectory root;
  root.write("a.yaml", class_text("a", "include: [b]\n"));
  root.write("b.yaml", class_text("b", "include: [a]\n"));
  root.write("c.yaml", class_text("c", ban));
  EXPECT_EQ(names(Catalogue::load({root.path()}, specs()).catalogue), "c ");
}

TEST(Catalogue, DoesNotFallBackToWhatAFaultyFileOverrides) {
  const TemporaryDirectory root;
  root.write("usr/vnf.yaml", class_text("vnf", ban));
  root.write("usr/all.yaml", class_text("all", "include: [vnf]\n"));
  root.write("etc/vnf.yaml", ":\n\t{ not even YAML");
  const auto load = Catalogue::load({root.path() / "usr", root.path() / "etc"}, specs());
  EXPECT_EQ(names(load.catalogue), "");
  EXPECT_THAT(load.catalogue.faulty(), ElementsAre("all", "vnf"));
}

TEST(Catalogue, HasNothingOfDirectoriesThatCannotBeListed) {
  const TemporaryDirectory root;
  root.write("usr/a.yaml", class_text("a", ban));
  root.write("etc", "what it would override is not known");
  const auto load = Catalogue::load({root.path() / "usr", root.path() / "etc"}, specs());
  EXPECT_EQ(lines(load.diagnostics, root.path()), "etc: cannot list the classes: Not a directory\n");
  EXPECT_EQ(names(load.catalogue), "");
}

TEST(Catalogue, KnowsOfAFaultyClassWhetherItIsRequired) {
  const TemporaryDirectory root;
  root.write("a.yaml", class_text("a", "required: true\nconditionings: [nonsense]\n"));
  root.write("b.yaml", class_text("b", "include: [a]\n"));
  root.write("c.yaml", class_text("c", "conditionings: [nonsense]\n"));
  root.write("d.yaml", class_text("d", "required: true\n" + std::string(ban)));
  const auto catalogue = Catalogue::load({root.path()}, specs()).catalogue;
  EXPECT_TRUE(catalogue.is_required("a"));
  EXPECT_TRUE(catalogue.is_required("b"));
  EXPECT_FALSE(catalogue.is_required("c"));
  EXPECT_TRUE(catalogue.is_required("d"));
  EXPECT_FALSE(catalogue.is_required("e"));
}

TEST(Catalogue, PassesOverWhatIsNoClassFile) {
  const TemporaryDirectory directory;
  directory.write("a.yaml", class_text("a", ban));
  directory.write("README", "hello");
  directory.write("a.yaml~", "old");
  directory.write("a.yaml.dpkg-dist", "new");
  directory.write(".a.yaml.swp", "lock");
  directory.write(".hidden.yaml", "lock");
  std::filesystem::create_symlink("nobody@nowhere", directory.path() / ".#a.yaml");
  const auto load = Catalogue::load({directory.path()}, specs());
  EXPECT_EQ(lines(load.diagnostics, directory.path()), "");
  EXPECT_EQ(names(load.catalogue), "a ");
}

TEST(Catalogue, NamesFilesThatItCannotRead) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "folder.yaml");
  std::filesystem::create_symlink("nowhere", directory.path() / "dangling.yaml");
  ASSERT_EQ(mkfifo((directory.path() / "pipe.yaml").c_str(), 0600), 0);
  directory.write("huge.yaml", std::string(classes::max_file_bytes + 1, '#'));
  const auto load = Catalogue::load({directory.path()}, specs());
  EXPECT_EQ(lines(load.diagnostics, directory.path()),
            "dangling.yaml:1:1: no such file\n"
            "folder.yaml:1:1: not a regular file\n"
            "huge.yaml:1:1: the file is larger than 256KiB\n"
            "pipe.yaml:1:1: not a regular file\n");
}

TEST(Catalogue, ReadsAFileOfExactlyTheLargestSize) {
  const TemporaryDirectory directory;
  std::string text = class_text("a", ban);
  text += "#" + std::string(classes::max_file_bytes - text.size() - 1, 'x');
  directory.write("a.yaml", text);
  EXPECT_EQ(names(Catalogue::load({directory.path()}, specs()).catalogue), "a ");
}

TEST(Catalogue, ReportsADirectoryThatIsNone) {
  const TemporaryDirectory root;
  root.write("file", "");
  const auto load = Catalogue::load({root.path() / "file"}, specs());
  EXPECT_EQ(lines(load.diagnostics, root.path()), "file: cannot list the classes: Not a directory\n");
}

TEST(Catalogue, ReportsADirectoryOfTooManyFiles) {
  const TemporaryDirectory directory;
  for (std::size_t i = 0; i <= classes::max_files_per_directory; ++i) {
    const std::string name = fmt::format("c{}", i);
    directory.write(name + ".yaml", class_text(name, ban));
  }
  const auto load = Catalogue::load({directory.path()}, specs());
  ASSERT_THAT(load.diagnostics, SizeIs(1));
  EXPECT_EQ(load.diagnostics[0].message, "there are more than 1024 class files here");
}

TEST(Catalogue, ShowsALimitedNumberOfFaultsOfAFile) {
  const TemporaryDirectory directory;
  std::string keys;
  for (int i = 0; i < 150; ++i) keys += fmt::format("key{}: 1\n", i);
  directory.write("a.yaml", class_text("a", std::string(ban) + keys));
  directory.write("b.yaml", class_text("b", "conditionings: [x]\n"));
  const auto load = Catalogue::load({directory.path()}, specs());
  ASSERT_THAT(load.diagnostics, SizeIs(102));
  EXPECT_EQ(load.diagnostics[100].message, "50 more faults in this file are not shown");
  EXPECT_THAT(load.diagnostics[101].to_string(), HasSubstr("b.yaml:4:17"));
}

TEST(CatalogueCheck, TakesFilesFromAnywhereAboveTheDirectories) {
  const TemporaryDirectory root;
  root.write("usr/a.yaml", class_text("a", ban));
  const auto file = root.write("home/b.yaml", class_text("b", "include:\n  - a\n"));
  const auto other = root.write("home/a.yaml", class_text("a", "conditionings:\n  - cleaner-cores\n"));
  const auto load = Catalogue::check({root.path() / "usr"}, {file, other}, specs());
  EXPECT_EQ(lines(load.diagnostics, root.path()), "");
  EXPECT_EQ(names(load.catalogue), "a* b ");
  EXPECT_EQ(describe(*load.catalogue.resolve("b", {})), "cleaner-cores cores=auto\n");
}

TEST(CatalogueCheck, ReportsAnInstalledFileOnce) {
  const TemporaryDirectory root;
  const auto file = root.write("etc/a.yaml", class_text("a", "conditionings: [x]\n"));
  root.write("etc/b.yaml", class_text("b", ban));
  const auto load = Catalogue::check({root.path() / "etc"}, {root.path() / "etc/../etc/a.yaml"}, specs());
  EXPECT_THAT(load.diagnostics, SizeIs(1));
}

TEST(CatalogueCheck, ReportsAMissingFileAndTwoOfOneName) {
  const TemporaryDirectory root;
  const auto one = root.write("one/a.yaml", class_text("a", ban));
  const auto two = root.write("two/a.yaml", class_text("a", ban));
  const auto load = Catalogue::check({}, {root.path() / "gone.yaml", one, two}, specs());
  EXPECT_EQ(lines(load.diagnostics, root.path()),
            "gone.yaml:1:1: no such file\n"
            "two/a.yaml:2:8: class 'a' is in one/a.yaml too\n");
}

TEST(CatalogueCheck, ReportsWhatAnOverrideBreaksElsewhere) {
  const TemporaryDirectory root;
  root.write("usr/a.yaml", class_text("a", "parameters:\n  n: {type: integer, default: 1}\n" + std::string(ban)));
  root.write("usr/b.yaml", class_text("b", "include:\n  - a: {n: 2}\n"));
  const auto file = root.write("home/a.yaml", class_text("a", ban));
  const auto load = Catalogue::check({root.path() / "usr"}, {file}, specs());
  EXPECT_EQ(lines(load.diagnostics, root.path()), "usr/b.yaml:5:9: class 'a' has no parameter 'n'; there are none\n");
}

TEST(Catalogue, AnswersForItsParameters) {
  const Fixture fixture{{"a",
                         "parameters:\n  n: {type: integer, default: 1, help: How many}\n  s: {type: string}\n"
                         "conditionings:\n  - irq-ban\n"}};
  const auto parameters = fixture.catalogue().parameters("a");
  ASSERT_TRUE(parameters);
  ASSERT_THAT(*parameters, SizeIs(2));
  EXPECT_EQ((*parameters)[0].name, "n");
  EXPECT_EQ((*parameters)[0].help, "How many");
  EXPECT_EQ((*parameters)[0].default_value, ParameterValue(std::int64_t{1}));
  EXPECT_FALSE((*parameters)[1].default_value);
}

TEST(Catalogue, SaysWhichClassWasProbablyMeant) {
  const Fixture fixture{{"irq-ban", ban}, {"vnf", ban}};
  const auto error = fixture.catalogue().resolve("vnff", {}).error();
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.message(), "no class is called 'vnff'; did you mean 'vnf'? known: vnf, irq-ban");
  EXPECT_EQ(fixture.catalogue().parameters("vnff").error().message(), error.message());
}

TEST(Catalogue, CanBeMovedAndReplaced) {
  const Fixture fixture{{"a", ban}};
  Catalogue first;
  EXPECT_TRUE(first.list().empty());
  const TemporaryDirectory directory;
  directory.write("z.yaml", class_text("z", ban));
  first = Catalogue::load({directory.path()}, specs()).catalogue;
  const Catalogue second = std::move(first);
  EXPECT_EQ(names(second), "z ");
}

}  // namespace
}  // namespace acdr::test

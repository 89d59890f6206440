// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/program_pages.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "base/unique_fd.hpp"

namespace acdr::test {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t pages = 64;
/// Far from both ends: with a page the kernel maps up to fifteen beside it, and others use what is beside these.
constexpr std::size_t inner = pages / 2;
using Pages = std::array<std::array<unsigned char, page_size>, pages>;

constexpr Pages numbered() {
  Pages all{};
  for (std::size_t page = 0; page < pages; ++page) all[page].fill(static_cast<unsigned char>(page + 1));
  return all;
}

/// In a segment of this program that nobody may write to.
alignas(page_size) constexpr Pages of_the_program = numbered();
alignas(page_size) constexpr Pages with_one_written = numbered();
/// In one that the program writes to.
alignas(page_size) Pages of_ours{};

unsigned char first_of(const Pages& all, std::size_t page) {
  return *static_cast<const volatile unsigned char*>(all[page].data());
}
unsigned sum(const Pages& all) {
  unsigned sum = 0;
  for (std::size_t page = 0; page < pages; ++page) sum += first_of(all, page);
  return sum;
}

void* address(const Pages& all, std::size_t page) { return const_cast<unsigned char*>(all[page].data()); }

/// Whether the process has it mapped (proc(5), /proc/self/pagemap).
bool is_mapped(const Pages& all, std::size_t page) {
  const UniqueFd pagemap(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  std::uint64_t entry = 0;
  const auto at = reinterpret_cast<std::uintptr_t>(address(all, page)) / page_size * sizeof entry;
  EXPECT_EQ(::pread(pagemap.get(), &entry, sizeof entry, static_cast<off_t>(at)), ssize_t{sizeof entry});
  return (entry >> 63U) != 0;
}

constexpr Bytes any{0};

TEST(ProgramPagesTest, AreDroppedAndComeAgainWhenTheyAreUsed) {
  constexpr unsigned expected = pages * (pages + 1) / 2;
  ASSERT_EQ(sum(of_the_program), expected);
  ASSERT_TRUE(is_mapped(of_the_program, inner));
  drop_program_pages(any);
  EXPECT_FALSE(is_mapped(of_the_program, inner));
  EXPECT_EQ(sum(of_the_program), expected);
}

TEST(ProgramPagesTest, AreNotDroppedWhereTheyAreFew) {
  ASSERT_EQ(first_of(of_the_program, inner), inner + 1);
  drop_program_pages(Bytes{std::uint64_t{1} << 40U});
  EXPECT_TRUE(is_mapped(of_the_program, inner));
}

TEST(ProgramPagesTest, ThatSomebodyWroteToStayAsTheyAre) {
  void* const page = address(with_one_written, inner);
  ASSERT_EQ(::mprotect(page, page_size, PROT_READ | PROT_WRITE), 0);
  *static_cast<unsigned char*>(page) = 99;
  ASSERT_EQ(::mprotect(page, page_size, PROT_READ), 0);
  ASSERT_EQ(first_of(with_one_written, inner - 1), inner);
  drop_program_pages(any);
  EXPECT_TRUE(is_mapped(with_one_written, inner));
  EXPECT_FALSE(is_mapped(with_one_written, inner - 1));
  EXPECT_EQ(first_of(with_one_written, inner), 99);
}

TEST(ProgramPagesTest, WhatTheProgramItselfWroteStays) {
  of_ours = numbered();
  drop_program_pages(any);
  EXPECT_TRUE(is_mapped(of_ours, inner));
  EXPECT_EQ(of_ours, numbered());
}

}  // namespace
}  // namespace acdr::test

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"
#include "base/shared.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acdr {

/// A set of small numbers (CPUs, NUMA nodes) in the kernel's notations.
/// Reads what lib/bitmap.c reads and rejects what it rejects, apart from the stride and "all"/"N" forms, which
/// cpuset and IRQ files never print. Always normalised: equal sets compare equal. Copies share what they hold until one
/// of them is changed: of a host with a thousand CPUs a pass copies tens of thousands of sets.
template <class Tag>
class IndexSet {
 public:
  /// Highest index + 1. Debian's amd64 kernels have NR_CPUS=8192; the project promises 4096.
  static constexpr unsigned limit = Tag::limit;

  IndexSet() = default;
  IndexSet(std::initializer_list<unsigned> members) {
    for (unsigned member : members) insert(member);
  }

  /// first..last, both included.
  [[nodiscard]] static IndexSet range(unsigned first, unsigned last);
  /// "0-3,8" -> {0,1,2,3,8}; "" and "\n" -> {}. Errors (usage): bad character, descending range, index >= limit.
  [[nodiscard]] static Result<IndexSet> parse_list(std::string_view text);
  /// "ff" or "00000001,ffffffff" (32-bit groups, most significant first) -> set. Errors as parse_list.
  [[nodiscard]] static Result<IndexSet> parse_mask(std::string_view text);

  /// As the kernel has a mask in memory, the lowest numbers in the first word; no more than `limit` bits.
  [[nodiscard]] static IndexSet of_words(std::span<const std::uint64_t> words);
  [[nodiscard]] bool is_of_words(std::span<const std::uint64_t> words) const;

  /// The kernel's list form, canonical: "0-3,8"; "" for the empty set.
  [[nodiscard]] std::string to_list() const;
  /// The kernel's mask form: 32-bit groups, "0" for the empty set.
  [[nodiscard]] std::string to_mask() const;

  void insert(unsigned index);
  void erase(unsigned index);
  [[nodiscard]] bool contains(unsigned index) const;
  [[nodiscard]] bool empty() const { return words_->empty(); }
  [[nodiscard]] std::size_t count() const;
  /// Lowest / highest member; the set must not be empty.
  [[nodiscard]] unsigned first() const;
  [[nodiscard]] unsigned last() const;
  [[nodiscard]] std::vector<unsigned> members() const;

  [[nodiscard]] bool subset_of(const IndexSet& other) const;
  [[nodiscard]] bool intersects(const IndexSet& other) const;

  IndexSet& operator|=(const IndexSet& other);
  IndexSet& operator&=(const IndexSet& other);
  IndexSet& operator-=(const IndexSet& other);
  [[nodiscard]] friend IndexSet operator|(IndexSet a, const IndexSet& b) { return a |= b; }
  [[nodiscard]] friend IndexSet operator&(IndexSet a, const IndexSet& b) { return a &= b; }
  [[nodiscard]] friend IndexSet operator-(IndexSet a, const IndexSet& b) { return a -= b; }
  [[nodiscard]] friend bool operator==(const IndexSet&, const IndexSet&) = default;
  /// Any total order, so that sets can be map keys.
  [[nodiscard]] friend std::strong_ordering operator<=>(const IndexSet& a, const IndexSet& b) {
    return *a.words_ <=> *b.words_;
  }

  /// Ascending iteration over the members.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = unsigned;
    using difference_type = std::ptrdiff_t;
    using pointer = const unsigned*;
    using reference = unsigned;
    Iterator() = default;
    Iterator(const IndexSet* set, unsigned at) : set_(set), at_(at) {}
    unsigned operator*() const { return at_; }
    Iterator& operator++() {
      at_ = set_->next(at_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    const IndexSet* set_ = nullptr;
    unsigned at_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return {this, next(0)}; }
  [[nodiscard]] Iterator end() const { return {this, none}; }

 private:
  static constexpr unsigned word_bits = 64;
  static constexpr unsigned none = ~0U;
  [[nodiscard]] static Result<IndexSet> parse_ranges(std::string_view whole);
  [[nodiscard]] std::string make_list() const;
  [[nodiscard]] unsigned next(unsigned from) const;
  void insert_range(unsigned first, unsigned last);  ///< `last` below the limit
  using Words = std::vector<std::uint64_t>;
  void normalise();
  Shared<Words> words_;  ///< without a zero at its end
};

struct CpuTag {
  static constexpr unsigned limit = 4096;
  static constexpr std::string_view noun = "CPU";
};
struct NodeTag {
  static constexpr unsigned limit = 1024;
  static constexpr std::string_view noun = "node";
};
/// Logical CPUs by kernel number.
using CpuSet = IndexSet<CpuTag>;
/// NUMA nodes by kernel number.
using NodeSet = IndexSet<NodeTag>;

extern template class IndexSet<CpuTag>;
extern template class IndexSet<NodeTag>;

}  // namespace acdr

template <class Tag>
struct fmt::formatter<acdr::IndexSet<Tag>> : fmt::formatter<std::string> {
  auto format(const acdr::IndexSet<Tag>& set, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(set.empty() ? "none" : set.to_list(), context);
  }
};

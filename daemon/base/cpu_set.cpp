// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cpu_set.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "base/printable.hpp"

namespace acdr {
namespace {

/// The kernel tolerates surrounding white space, files end in a newline.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Result<unsigned> parse_index(std::string_view digits, std::string_view whole, std::string_view noun, unsigned limit) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range || (error == std::errc{} && end == digits.end() && value >= limit))
    return failure(ErrorKind::usage, "{} {} in '{}' is beyond the highest possible number {}", noun, printable(digits),
                   printable(whole), limit - 1);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return failure(ErrorKind::usage, "'{}' is not a {} list such as 2-5,8: '{}' is not a number", printable(whole),
                   noun, printable(digits));
  return value;
}

/// A pass over hundreds of claims writes thousands of lists with hundreds of numbers.
void append(std::string& text, unsigned number) {
  std::array<char, std::numeric_limits<unsigned>::digits10 + 1> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end);
}

}  // namespace

template <class Tag>
IndexSet<Tag> IndexSet<Tag>::range(unsigned first, unsigned last) {
  IndexSet set;
  set.insert_range(first, std::min(last, limit - 1));
  return set;
}

/// Word by word: a list may name the widest range thousands of times.
template <class Tag>
void IndexSet<Tag>::insert_range(unsigned first, unsigned last) {
  if (first > last) return;
  const std::size_t last_word = last / word_bits;
  if (last_word >= words_.size()) words_.resize(last_word + 1);
  for (std::size_t word = first / word_bits; word <= last_word; ++word) {
    std::uint64_t bits = ~std::uint64_t{0};
    if (word == first / word_bits) bits &= ~std::uint64_t{0} << (first % word_bits);
    if (word == last_word) bits &= ~std::uint64_t{0} >> (word_bits - 1 - last % word_bits);
    words_[word] |= bits;
  }
}

template <class Tag>
Result<IndexSet<Tag>> IndexSet<Tag>::parse_list(std::string_view text) {
  const std::string_view whole = trimmed(text);
  IndexSet set;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const auto dash = part.find('-');
    ACDR_TRY(const unsigned first, parse_index(part.substr(0, dash), whole, Tag::noun, limit));
    unsigned last = first;
    if (dash != std::string_view::npos) {
      ACDR_TRY(last, parse_index(part.substr(dash + 1), whole, Tag::noun, limit));
    }
    if (last < first)
      return failure(ErrorKind::usage, "'{}' is not a {} list such as 2-5,8: the range {} runs backwards",
                     printable(whole), Tag::noun, printable(part));
    set.insert_range(first, last);
    if (comma == std::string_view::npos) break;
    rest = rest.substr(comma + 1);
    if (rest.empty())
      return failure(ErrorKind::usage, "'{}' is not a {} list such as 2-5,8: it ends in a comma", printable(whole),
                     Tag::noun);
  }
  return set;
}

template <class Tag>
Result<IndexSet<Tag>> IndexSet<Tag>::parse_mask(std::string_view text) {
  const std::string_view whole = trimmed(text);
  if (whole.empty()) return failure(ErrorKind::usage, "an empty text is not a {} mask", Tag::noun);
  IndexSet set;
  unsigned base = 0;
  std::string_view rest = whole;
  while (true) {
    const auto comma = rest.rfind(',');
    std::string_view group = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    if (base == 0 && comma == std::string_view::npos && group.starts_with("0x")) group.remove_prefix(2);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (group.empty() || error != std::errc{} || end != group.data() + group.size())
      return failure(ErrorKind::usage, "'{}' is not a {} mask such as ff or 1,ffffffff", printable(whole), Tag::noun);
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((value >> bit & 1U) == 0) continue;
      if (base + bit >= limit)
        return failure(ErrorKind::usage, "{} {} in mask '{}' is beyond the highest possible number {}", Tag::noun,
                       base + bit, printable(whole), limit - 1);
      set.insert(base + bit);
    }
    if (comma == std::string_view::npos) return set;
    rest = rest.substr(0, comma);
    base += 32;
  }
}

template <class Tag>
std::string IndexSet<Tag>::to_list() const {
  std::string text;
  for (unsigned first = next(0); first != none;) {
    unsigned last = first;
    while (contains(last + 1)) ++last;
    if (!text.empty()) text += ',';
    append(text, first);
    if (first != last) append(text += '-', last);
    first = next(last + 1);
  }
  return text;
}

template <class Tag>
std::string IndexSet<Tag>::to_mask() const {
  std::string text;
  for (std::size_t group = words_.size() * 2; group-- > 0;) {
    const auto value = static_cast<std::uint32_t>(words_[group / 2] >> (group % 2 * 32));
    if (text.empty() && value == 0) continue;
    text += text.empty() ? fmt::format("{:x}", value) : fmt::format(",{:08x}", value);
  }
  return text.empty() ? "0" : text;
}

template <class Tag>
void IndexSet<Tag>::insert(unsigned index) {
  if (index >= limit) return;
  const std::size_t word = index / word_bits;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << (index % word_bits);
}

template <class Tag>
void IndexSet<Tag>::erase(unsigned index) {
  const std::size_t word = index / word_bits;
  if (word >= words_.size()) return;
  words_[word] &= ~(std::uint64_t{1} << (index % word_bits));
  normalise();
}

template <class Tag>
bool IndexSet<Tag>::contains(unsigned index) const {
  const std::size_t word = index / word_bits;
  return word < words_.size() && (words_[word] >> (index % word_bits) & 1U) != 0;
}

template <class Tag>
std::size_t IndexSet<Tag>::count() const {
  std::size_t total = 0;
  for (const auto word : words_) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

template <class Tag>
unsigned IndexSet<Tag>::first() const {
  return next(0);
}

template <class Tag>
unsigned IndexSet<Tag>::last() const {
  return static_cast<unsigned>(words_.size() * word_bits - 1) - static_cast<unsigned>(std::countl_zero(words_.back()));
}

template <class Tag>
std::vector<unsigned> IndexSet<Tag>::members() const {
  return {begin(), end()};
}

template <class Tag>
bool IndexSet<Tag>::subset_of(const IndexSet& other) const {
  if (words_.size() > other.words_.size()) return false;
  for (std::size_t i = 0; i < words_.size(); ++i)
    if ((words_[i] & ~other.words_[i]) != 0) return false;
  return true;
}

template <class Tag>
bool IndexSet<Tag>::intersects(const IndexSet& other) const {
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
    if ((words_[i] & other.words_[i]) != 0) return true;
  return false;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator|=(const IndexSet& other) {
  if (other.words_.size() > words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator&=(const IndexSet& other) {
  words_.resize(std::min(words_.size(), other.words_.size()));
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  normalise();
  return *this;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator-=(const IndexSet& other) {
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) words_[i] &= ~other.words_[i];
  normalise();
  return *this;
}

template <class Tag>
unsigned IndexSet<Tag>::next(unsigned from) const {
  std::size_t word = from / word_bits;
  if (word >= words_.size()) return none;
  std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (from % word_bits));
  while (bits == 0) {
    if (++word == words_.size()) return none;
    bits = words_[word];
  }
  return static_cast<unsigned>(word * word_bits) + static_cast<unsigned>(std::countr_zero(bits));
}

template <class Tag>
void IndexSet<Tag>::normalise() {
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

template class IndexSet<CpuTag>;
template class IndexSet<NodeTag>;

}  // namespace acdr

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
  Words& words = words_.edit();
  if (last_word >= words.size()) words.resize(last_word + 1);
  for (std::size_t word = first / word_bits; word <= last_word; ++word) {
    std::uint64_t bits = ~std::uint64_t{0};
    if (word == first / word_bits) bits &= ~std::uint64_t{0} << (first % word_bits);
    if (word == last_word) bits &= ~std::uint64_t{0} >> (word_bits - 1 - last % word_bits);
    words[word] |= bits;
  }
}

/// A host with hundreds of claims has a thousand masks with the same few lists, each of hundreds of numbers.
template <class Tag>
Result<IndexSet<Tag>> IndexSet<Tag>::parse_list(std::string_view text) {
  constexpr std::size_t worth_keeping = 64;
  const std::string_view whole = trimmed(text);
  if (whole.size() < worth_keeping) return parse_ranges(whole);
  thread_local std::string last_text;
  thread_local IndexSet last_set;
  if (whole == last_text) return last_set;
  ACDR_TRY(last_set, parse_ranges(whole));
  last_text = whole;
  return last_set;
}

template <class Tag>
Result<IndexSet<Tag>> IndexSet<Tag>::parse_ranges(std::string_view whole) {
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
IndexSet<Tag> IndexSet<Tag>::of_words(std::span<const std::uint64_t> words) {
  IndexSet set;
  set.words_.edit().assign(words.begin(), words.end());
  set.normalise();
  return set;
}

template <class Tag>
bool IndexSet<Tag>::is_of_words(std::span<const std::uint64_t> words) const {
  while (!words.empty() && words.back() == 0) words = words.first(words.size() - 1);
  return std::ranges::equal(words, *words_);
}

template <class Tag>
std::string IndexSet<Tag>::to_list() const {
  constexpr std::size_t words_worth_keeping = 4;
  if (words_->size() < words_worth_keeping) return make_list();
  thread_local IndexSet last_set;
  thread_local std::string last_text;
  if (*this != last_set) {
    last_text = make_list();
    last_set = *this;
  }
  return last_text;
}

template <class Tag>
std::string IndexSet<Tag>::make_list() const {
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
  for (std::size_t group = words_->size() * 2; group-- > 0;) {
    const auto value = static_cast<std::uint32_t>((*words_)[group / 2] >> (group % 2 * 32));
    if (text.empty() && value == 0) continue;
    text += text.empty() ? fmt::format("{:x}", value) : fmt::format(",{:08x}", value);
  }
  return text.empty() ? "0" : text;
}

template <class Tag>
void IndexSet<Tag>::insert(unsigned index) {
  if (index >= limit || contains(index)) return;
  insert_range(index, index);
}

template <class Tag>
void IndexSet<Tag>::erase(unsigned index) {
  if (!contains(index)) return;
  words_.edit()[index / word_bits] &= ~(std::uint64_t{1} << (index % word_bits));
  normalise();
}

template <class Tag>
bool IndexSet<Tag>::contains(unsigned index) const {
  const std::size_t word = index / word_bits;
  return word < words_->size() && ((*words_)[word] >> (index % word_bits) & 1U) != 0;
}

template <class Tag>
std::size_t IndexSet<Tag>::count() const {
  std::size_t total = 0;
  for (const auto word : (*words_)) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

template <class Tag>
unsigned IndexSet<Tag>::first() const {
  return next(0);
}

template <class Tag>
unsigned IndexSet<Tag>::last() const {
  return static_cast<unsigned>(words_->size() * word_bits - 1) -
         static_cast<unsigned>(std::countl_zero(words_->back()));
}

template <class Tag>
std::vector<unsigned> IndexSet<Tag>::members() const {
  return {begin(), end()};
}

template <class Tag>
bool IndexSet<Tag>::subset_of(const IndexSet& other) const {
  const Words& mine = *words_;
  const Words& theirs = *other.words_;
  if (mine.size() > theirs.size()) return false;
  for (std::size_t i = 0; i < mine.size(); ++i)
    if ((mine[i] & ~theirs[i]) != 0) return false;
  return true;
}

template <class Tag>
bool IndexSet<Tag>::intersects(const IndexSet& other) const {
  const Words& mine = *words_;
  const Words& theirs = *other.words_;
  for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i)
    if ((mine[i] & theirs[i]) != 0) return true;
  return false;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator|=(const IndexSet& other) {
  if (other.subset_of(*this)) return *this;
  if (subset_of(other)) return *this = other;
  const Words& theirs = *other.words_;
  Words& mine = words_.edit();
  if (theirs.size() > mine.size()) mine.resize(theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) mine[i] |= theirs[i];
  return *this;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator&=(const IndexSet& other) {
  if (subset_of(other)) return *this;
  if (other.subset_of(*this)) return *this = other;
  const Words& theirs = *other.words_;
  Words& mine = words_.edit();
  mine.resize(std::min(mine.size(), theirs.size()));
  for (std::size_t i = 0; i < mine.size(); ++i) mine[i] &= theirs[i];
  normalise();
  return *this;
}

template <class Tag>
IndexSet<Tag>& IndexSet<Tag>::operator-=(const IndexSet& other) {
  if (!intersects(other)) return *this;
  const IndexSet theirs = other;  // it may be this very set
  Words& mine = words_.edit();
  for (std::size_t i = 0; i < std::min(mine.size(), theirs.words_->size()); ++i) mine[i] &= ~(*theirs.words_)[i];
  normalise();
  return *this;
}

template <class Tag>
unsigned IndexSet<Tag>::next(unsigned from) const {
  const Words& all = *words_;
  std::size_t word = from / word_bits;
  if (word >= all.size()) return none;
  std::uint64_t bits = all[word] & (~std::uint64_t{0} << (from % word_bits));
  while (bits == 0) {
    if (++word == all.size()) return none;
    bits = all[word];
  }
  return static_cast<unsigned>(word * word_bits) + static_cast<unsigned>(std::countr_zero(bits));
}

template <class Tag>
void IndexSet<Tag>::normalise() {
  Words& words = words_.edit();
  while (!words.empty() && words.back() == 0) words.pop_back();
}

template class IndexSet<CpuTag>;
template class IndexSet<NodeTag>;

}  // namespace acdr

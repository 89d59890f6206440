// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace acdr {
namespace {

/// Where hundreds of claims keep off the same cores, a text with all of them helps nobody, and there is one for each of
/// thousands of writes.
constexpr std::size_t most_in_text = 8;

}  // namespace

Reasons::Reasons(std::string reason)
    : reasons_(std::make_shared<const Sorted>(1, std::make_shared<const std::string>(std::move(reason)))) {}

Reasons Reasons::of(const std::vector<const Reasons*>& several) {
  std::size_t count = 0;
  for (const Reasons* reasons : several) count += reasons->empty() ? 0 : reasons->reasons_->size();
  Sorted all;
  all.reserve(count);
  for (const Reasons* reasons : several)
    if (!reasons->empty()) std::ranges::copy(*reasons->reasons_, std::back_inserter(all));
  if (!std::ranges::is_sorted(all)) std::ranges::sort(all);  // made one after the other, they often are
  all.erase(std::unique(all.begin(), all.end()), all.end());
  Reasons merged;
  if (!all.empty()) merged.reasons_ = std::make_shared<const Sorted>(std::move(all));
  return merged;
}

Reasons& Reasons::operator|=(const Reasons& other) {
  if (other.empty() || reasons_ == other.reasons_) return *this;
  if (empty()) return *this = other;
  Sorted all;
  all.reserve(reasons_->size() + other.reasons_->size());
  std::ranges::set_union(*reasons_, *other.reasons_, std::back_inserter(all));
  reasons_ = std::make_shared<const Sorted>(std::move(all));
  return *this;
}

std::vector<std::string> Reasons::texts() const {
  std::vector<std::string> texts;
  if (!empty())
    for (const auto& reason : *reasons_) texts.push_back(*reason);
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::string Reasons::to_string() const {
  if (empty()) return {};
  // Only what is told is to be sorted: the texts of hundreds are not copied for the first few.
  std::vector<const std::string*> told;
  for (const auto& reason : *reasons_) told.push_back(reason.get());
  const auto by_text = [](const auto* text) -> const std::string& { return *text; };
  std::ranges::sort(told, {}, by_text);
  const auto repeated = std::ranges::unique(told, {}, by_text);
  told.erase(repeated.begin(), repeated.end());
  const std::size_t more = told.size() > most_in_text ? told.size() - most_in_text : 0;
  told.resize(told.size() - more);
  std::string text;
  for (const auto* reason : told) text += (text.empty() ? "" : ", ") + *reason;
  return more == 0 ? text : fmt::format("{} and {} more", text, more);
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace acdr {
namespace {

/// Where hundreds of claims keep off the same cores, a text with all of them helps nobody.
constexpr std::size_t most_in_text = 8;

}  // namespace

Reasons::Reasons(std::string reason)
    : reasons_(std::make_shared<const Shared>(Sorted(1, std::make_shared<const std::string>(std::move(reason))))) {}

Reasons Reasons::of(const std::vector<const Reasons*>& several) {
  std::size_t count = 0;
  for (const Reasons* reasons : several) count += reasons->empty() ? 0 : reasons->reasons_->all().size();
  Sorted all;
  all.reserve(count);
  for (const Reasons* reasons : several)
    if (!reasons->empty()) std::ranges::copy(reasons->reasons_->all(), std::back_inserter(all));
  if (!std::ranges::is_sorted(all)) std::ranges::sort(all);  // made one after the other, they often are
  all.erase(std::unique(all.begin(), all.end()), all.end());
  Reasons merged;
  if (!all.empty()) merged.reasons_ = std::make_shared<const Shared>(std::move(all));
  return merged;
}

Reasons& Reasons::operator|=(const Reasons& other) {
  if (other.empty() || reasons_ == other.reasons_) return *this;
  if (empty()) return *this = other;
  Sorted all;
  all.reserve(reasons_->all().size() + other.reasons_->all().size());
  std::ranges::set_union(reasons_->all(), other.reasons_->all(), std::back_inserter(all));
  reasons_ = std::make_shared<const Shared>(std::move(all));
  return *this;
}

Reasons Reasons::without(const Reasons& others) const {
  if (reasons_ == nullptr || others.reasons_ == nullptr) return *this;
  Reasons left;
  left.reasons_ = std::make_shared<const Shared>(reasons_, others.reasons_);
  return left;
}

const Reasons::Sorted& Reasons::Shared::all() const {
  if (whole_ == nullptr) return all_;
  std::ranges::set_difference(whole_->all(), less_->all(), std::back_inserter(all_));
  whole_.reset();
  less_.reset();
  return all_;
}

std::vector<const std::string*> Reasons::in_order() const {
  std::vector<const std::string*> sorted;
  if (!empty())
    for (const auto& reason : reasons_->all()) sorted.push_back(reason.get());
  const auto by_text = [](const std::string* text) -> const std::string& { return *text; };
  std::ranges::sort(sorted, {}, by_text);
  const auto repeated = std::ranges::unique(sorted, {}, by_text);
  sorted.erase(repeated.begin(), repeated.end());
  return sorted;
}

std::vector<std::string> Reasons::texts() const {
  std::vector<std::string> texts;
  for (const auto* reason : in_order()) texts.push_back(*reason);
  return texts;
}

const std::string& Reasons::to_string() const {
  static const std::string none;
  if (empty()) return none;
  if (reasons_->text.empty()) reasons_->text = make_text();
  return reasons_->text;
}

std::string Reasons::make_text() const {
  std::string text;
  const auto all = in_order();
  const std::size_t told = std::min(all.size(), most_in_text);
  for (std::size_t index = 0; index < told; ++index) text += (text.empty() ? "" : ", ") + *all[index];
  return told == all.size() ? text : fmt::format("{} and {} more", text, all.size() - told);
}

}  // namespace acdr

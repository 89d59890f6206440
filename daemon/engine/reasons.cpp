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
  Shared::Parts parts;
  parts.reserve(several.size());
  for (const Reasons* reasons : several)
    if (reasons->reasons_ != nullptr && (parts.empty() || parts.back() != reasons->reasons_))
      parts.push_back(reasons->reasons_);
  Reasons merged;
  if (parts.size() == 1) merged.reasons_ = std::move(parts.front());
  if (parts.size() > 1) merged.reasons_ = std::make_shared<const Shared>(std::move(parts));
  return merged;
}

Reasons& Reasons::operator|=(const Reasons& other) { return *this = of({this, &other}); }

Reasons Reasons::without(const Reasons& others) const {
  if (reasons_ == nullptr || others.reasons_ == nullptr) return *this;
  Reasons left;
  left.reasons_ = std::make_shared<const Shared>(Shared::Parts{reasons_}, others.reasons_);
  return left;
}

void Reasons::Shared::make() const {
  for (const auto& part : parts_) std::ranges::copy(part->all(), std::back_inserter(all_));
  if (!std::ranges::is_sorted(all_)) std::ranges::sort(all_);  // made one after the other, they often are
  all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  if (less_ == nullptr) return;
  Sorted left;
  std::ranges::set_difference(all_, less_->all(), std::back_inserter(left));
  all_ = std::move(left);
}

const Reasons::Sorted& Reasons::Shared::all() const {
  if (parts_.empty()) return all_;
  make();
  parts_.clear();
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/reasons.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace acdr {

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

std::string Reasons::to_string() const { return fmt::format("{}", fmt::join(texts(), ", ")); }

}  // namespace acdr

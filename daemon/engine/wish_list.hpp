// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/wish.hpp"

namespace acdr {

/// What many want, by knob. Wishes are held in parts, and copies share them: what is wished as before is not made anew.
/// `sort` must follow what is added before it is looked at.
class WishList {
 public:
  using Part = std::shared_ptr<const std::vector<Wish>>;
  WishList() = default;
  WishList(std::vector<Wish> wishes);  // NOLINT(google-explicit-constructor): it is one

  /// Of these parts. What another list has of them is in order already, and is taken from there.
  WishList(std::vector<Part> parts, const WishList& earlier);

  void add(Part part);
  void add(std::vector<Wish> wishes) { add(std::make_shared<const std::vector<Wish>>(std::move(wishes))); }
  void sort();

  /// Those for the same knob together. Valid as long as any list has their part.
  [[nodiscard]] const std::vector<const Wish*>& by_knob() const { return wishes_; }
  /// Those for this one.
  [[nodiscard]] std::span<const Wish* const> of(const KnobId& knob) const;

 private:
  std::vector<Part> parts_;
  std::vector<const Wish*> wishes_;
  std::ptrdiff_t sorted_ = 0;  ///< so many of these are, the first ones
};

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ctl/text/style.hpp"

namespace acdr::ctl {

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

/// Aligned columns, two blanks apart; every row ends where its text ends.
class Table {
 public:
  explicit Table(Style style, std::string indent = {}) : style_(style), indent_(std::move(indent)) {}
  void heading(const std::vector<std::string>& titles);
  /// The texts are made printable; an empty one shows as it is.
  void row(std::vector<Cell> cells);
  [[nodiscard]] std::string to_string() const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] std::string line(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths) const;

  Style style_;
  std::string indent_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace acdr::ctl

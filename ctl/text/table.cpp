// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/text/table.hpp"

#include <algorithm>

#include "ctl/text/printable.hpp"

namespace acdr::ctl {

void Table::heading(const std::vector<std::string>& titles) {
  std::vector<Cell> cells;
  for (const auto& title : titles) cells.push_back({title, Tone::heading});
  row(std::move(cells));
}

void Table::row(std::vector<Cell> cells) {
  for (auto& cell : cells) cell.text = printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i].text));
  }
  return widths;
}

std::string Table::line(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths) const {
  std::string text = indent_;
  std::size_t gap = 0;  // blanks before the next cell that has text
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].text.empty()) {
      text.append(gap, ' ').append(style_.paint(cells[i].tone, cells[i].text));
      gap = 0;
    }
    gap += widths[i] - columns(cells[i].text) + 2;
  }
  return text + '\n';
}

std::string Table::to_string() const {
  const auto all = widths();
  std::string text;
  for (const auto& cells : rows_) text += line(cells, all);
  return text;
}

}  // namespace acdr::ctl

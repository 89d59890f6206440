// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/text/words.hpp"

#include <fmt/format.h>

#include "ctl/text/printable.hpp"

namespace acdr::ctl {

using nlohmann::json;

std::string or_dash(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? "-" : value.get<std::string>();
  return value.is_null() || value.empty() ? "-" : value.dump();
}

std::string vcpu_words(const json& vcpus) {
  std::string words;
  std::size_t number = 0;
  for (const auto& cpu : vcpus)
    words += fmt::format("{}{} on {}", words.empty() ? "" : ", ", number++, cpu.get<unsigned>());
  return words.empty() ? "-" : words;
}

std::string count_words(std::size_t count, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string residual_lines(const json& residuals, const std::string& indent, Style style) {
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}  {}{}\n", indent, style.paint(Tone::faint, label), printable(value));
  };
  for (const auto& residual : residuals) {
    text += indent + style.paint(Tone::warning, printable(residual.at("what").get<std::string>())) + '\n';
    line("reason: ", residual.at("reason").get<std::string>());
    line("remedy: ", residual.at("remedy").get<std::string>());
  }
  return text;
}

}  // namespace acdr::ctl

// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/expression.hpp"
#include "classes/limits.hpp"
#include "classes/names.hpp"

#include <utility>

namespace acdr::classes {

Text Text::literal(std::string text) {
  Text result;
  result.append(std::move(text));
  return result;
}

void Text::append(const std::variant<std::string, Reference>& part) {
  const auto* text = std::get_if<std::string>(&part);
  if (text != nullptr && text->empty()) return;
  auto* last = parts.empty() ? nullptr : std::get_if<std::string>(&parts.back());
  if (text != nullptr && last != nullptr) {
    *last += *text;
  } else {
    parts.push_back(part);
  }
}

const Reference* Text::sole_reference() const {
  return parts.size() == 1 ? std::get_if<Reference>(&parts.front()) : nullptr;
}

std::vector<const Reference*> Text::references() const {
  std::vector<const Reference*> found;
  for (const auto& part : parts)
    if (const auto* reference = std::get_if<Reference>(&part)) found.push_back(reference);
  return found;
}

std::string Text::to_string() const {
  std::string shown;
  for (const auto& part : parts) {
    const auto* reference = std::get_if<Reference>(&part);
    shown += reference != nullptr ? "${" + reference->parameter + "}" : std::get<std::string>(part);
  }
  return shown;
}

bool Text::within_limits() const {
  std::size_t length = 0;
  for (const auto& part : parts)
    if (const auto* text = std::get_if<std::string>(&part)) length += text->size();
  return length <= max_text_length && references().size() <= max_references;
}

Result<Text> parse_text(std::string_view text) {
  Text result;
  while (true) {
    const auto start = text.find("${");
    result.append(std::string(text.substr(0, start)));
    if (start == std::string_view::npos) return result;
    const auto end = text.find('}', start);
    if (end == std::string_view::npos)
      return failure(ErrorKind::usage, "{} has a '${{' without its '}}'", in_quotes(text));
    const std::string_view name = text.substr(start + 2, end - start - 2);
    if (!is_name(name)) return failure(ErrorKind::usage, "{} in '${{}}' is not a parameter name", in_quotes(name));
    result.append(Reference{std::string(name), std::nullopt});
    text = text.substr(end + 1);
  }
}

}  // namespace acdr::classes

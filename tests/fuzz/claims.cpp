// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/claim.hpp"

#include "fuzz/harness.hpp"

namespace acdr::fuzz {

void claims(std::string_view input) {
  const auto claim = parse_claim(std::string(input));
  promise_plain_error(claim);
  if (!claim) return;
  const std::string text = serialise(*claim);
  const auto again = parse_claim(text);
  promise(again.has_value(), "a claim that was stored can be read");
  promise(serialise(*again) == text, "a claim is what was stored of it");
  promise(again->key() == claim->key(), "a claim keeps its key");
}

}  // namespace acdr::fuzz

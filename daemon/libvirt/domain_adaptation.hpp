// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"
#include "engine/adaptation.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acdr {

struct AdaptedXml {
  std::string xml;
  std::vector<Adaptation> added;  ///< those that were lacking, in the order given
};

/// Adds to a domain's XML what it lacks; all else stays as it is, byte for byte where XML allows. Errors as
/// parse_domain_xml.
[[nodiscard]] Result<AdaptedXml> adapt_domain_xml(std::string_view xml, std::span<const Adaptation> wanted);

}  // namespace acdr

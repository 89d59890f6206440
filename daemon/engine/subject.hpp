// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace acdr {

/// What a class is applied to: the host, or a domain by its uuid.
class Subject {
 public:
  [[nodiscard]] static Subject host() { return Subject(""); }
  [[nodiscard]] static Subject domain(std::string uuid) { return Subject(std::move(uuid)); }
  /// "host" or "domain:<uuid>".
  [[nodiscard]] static Subject from_string(std::string_view text) {
    constexpr std::string_view prefix = "domain:";
    return Subject(text.starts_with(prefix) ? std::string(text.substr(prefix.size())) : std::string());
  }

  [[nodiscard]] bool is_host() const { return uuid_.empty(); }
  [[nodiscard]] const std::string& uuid() const { return uuid_; }
  [[nodiscard]] std::string to_string() const { return is_host() ? "host" : "domain:" + uuid_; }
  friend auto operator<=>(const Subject&, const Subject&) = default;

 private:
  explicit Subject(std::string uuid) : uuid_(std::move(uuid)) {}
  std::string uuid_;
};

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
// Files below /proc/sys and /sys that hold a text.
#include <algorithm>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

/// As sysctl(8) does: dots part the names unless a slash comes first ("net/ipv4/conf/eth0.100/rp_filter").
std::string sysctl_path(std::string name) {
  const auto first = name.find_first_of("./");
  if (first != std::string::npos && name[first] == '.') std::ranges::replace(name, '.', '/');
  return "proc/sys/" + name;
}

bool leaves_its_root(const std::string& path) {
  return ("/" + path + "/").find("/../") != std::string::npos || path.starts_with('/');
}

class SettingBackend final : public KnobBackend {
 public:
  explicit SettingBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::sysctl, KnobKind::sysfs}; }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string path, path_of(knob));
    ACDR_TRY(const std::string text, host_.read(path));
    return KnobValue(setting_text(text));
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_TRY(const std::string path, path_of(knob));
    return host_.write(path, std::get<std::string>(value) + "\n");
  }

  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override {
    const auto path = path_of(knob);
    return path ? std::vector{*path} : std::vector<std::string>();
  }

 private:
  [[nodiscard]] static Result<std::string> path_of(const KnobId& knob) {
    if (leaves_its_root(knob.object)) return failure(ErrorKind::usage, "{} is no setting", knob.to_string());
    return knob.kind == KnobKind::sysctl ? sysctl_path(knob.object) : "sys/" + knob.object;
  }
  HostAccess& host_;
};

}  // namespace

std::string setting_text(std::string_view text) {
  const auto open = text.find('[');
  const auto close = text.find(']', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos)
    return std::string(text.substr(open + 1, close - open - 1));
  std::string words;
  bool blank = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n';
    if (!space && blank && !words.empty()) words += ' ';
    if (!space) words += c;
    blank = space;
  }
  return words;
}

std::unique_ptr<KnobBackend> setting_backend(HostAccess& host) { return std::make_unique<SettingBackend>(host); }

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.hpp"
#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

class HugePageBackend final : public KnobBackend {
 public:
  explicit HugePageBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::huge_pages}; }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string path, path_of(knob));
    ACDR_TRY(const std::string text, host_.read(path));
    const auto pages = parse_unsigned(text);
    if (!pages) return failure(ErrorKind::failed, "/{} holds '{}', not a number", path, printable(text));
    return KnobValue(Count{*pages});
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_TRY(const std::string path, path_of(knob));
    return host_.write(path, fmt::format("{}\n", std::get<Count>(value).value));
  }
  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override {
    const auto path = path_of(knob);
    return path ? std::vector{*path} : std::vector<std::string>();
  }

 private:
  [[nodiscard]] static Result<std::string> path_of(const KnobId& knob) {
    const auto colon = knob.object.find(':');
    const auto node = parse_unsigned(std::string_view(knob.object).substr(0, colon));
    if (colon == std::string::npos || !node) return failure(ErrorKind::usage, "{} names no node", knob.to_string());
    ACDR_TRY(const Bytes size, Bytes::parse(knob.object.substr(colon + 1)));
    return huge_page_folder(*node, size) + "/nr_hugepages";
  }
  HostAccess& host_;
};

}  // namespace

std::string huge_page_folder(unsigned node, Bytes size) {
  return fmt::format("sys/devices/system/node/node{}/hugepages/hugepages-{}kB", node, size.value / 1024);
}

std::unique_ptr<KnobBackend> huge_page_backend(HostAccess& host) { return std::make_unique<HugePageBackend>(host); }

}  // namespace acdr

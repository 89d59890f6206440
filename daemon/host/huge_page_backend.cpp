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
    const auto wanted = std::get<Count>(value).value;
    ACDR_CHECK(host_.write(path, fmt::format("{}\n", wanted)));
    ACDR_TRY(const KnobValue there, read(knob));
    if (std::get<Count>(there).value >= wanted) return {};
    // The kernel takes any number and reserves as many as it finds room for (admin-guide/mm/hugetlbpage.rst).
    return failure(Error(ErrorKind::failed,
                         fmt::format("the node has room for {} of {} pages: the rest of its memory is used, or free in "
                                     "smaller pieces only",
                                     std::get<Count>(there).value, wanted),
                         "stop what uses the node's memory, or reserve them when the host boots, while its memory is in "
                         "one piece: hugepagesz= and hugepages= of the kernel's command line"));
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cerrno>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

constexpr std::string_view l3_of_default_group = "/:L3";

bool is_mounted(const HostAccess& host) { return host.exists(resctrl_file("", "schemata")); }

/// What resctrl takes: the lines of the schemata it has for this group.
std::string schemata_of(const CacheGroup& group) {
  std::string text = group.to_string();
  text.erase(0, std::min(text.find(' '), text.size() - 1) + 1);
  std::ranges::replace(text, ' ', '\n');
  return text + "\n";
}

class ResctrlBackend final : public KnobBackend {
 public:
  explicit ResctrlBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::cache_group, KnobKind::cache_share}; }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_CHECK(check(knob));
    if (knob.kind == KnobKind::cache_share) {
      ACDR_TRY(const CacheGroup group, read_cache_group(host_, ""));
      return group.l3;
    }
    auto group = read_cache_group(host_, knob.object);
    if (group) return group->to_string();
    if (group.error().kind() == ErrorKind::not_found && is_mounted(host_)) return std::string(absent_group);
    return failure(std::move(group).error());
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_CHECK(check(knob));
    ACDR_TRY(const auto lock, lock_groups());
    if (knob.kind == KnobKind::cache_share)
      return explained(
          host_.write(resctrl_file("", "schemata"), fmt::format("L3:{}\n", std::get<CacheWays>(value).to_string())));
    const auto& text = std::get<std::string>(value);
    if (text == absent_group) return explained(host_.remove_directory(folder_of(knob)));
    ACDR_TRY(const CacheGroup group, CacheGroup::parse(text));
    if (!host_.exists(resctrl_file(knob.object, "schemata")))
      ACDR_CHECK(explained(host_.make_directory(folder_of(knob))));
    ACDR_CHECK(explained(host_.write(resctrl_file(knob.object, "schemata"), schemata_of(group))));
    return explained(host_.write(resctrl_file(knob.object, "cpus_list"), group.cpus.to_list() + "\n"));
  }

  /// The kernel takes CPUs out of a group that go offline, or into another one. A group of acdr's is nobody else's, so
  /// whatever became of it is no value to be left alone.
  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const override {
    if (knob.kind != KnobKind::cache_group) return {};
    const auto found = read(knob);
    return found ? std::vector<KnobValue>{*found} : std::vector<KnobValue>();
  }

 private:
  [[nodiscard]] static Status check(const KnobId& knob) {
    const bool known = knob.kind == KnobKind::cache_share
                           ? knob.object == l3_of_default_group
                           : knob.object.starts_with(cache_group_prefix) && !knob.object.contains('/');
    if (known) return {};
    return failure(ErrorKind::usage, "{} is no resource group of acdr's", knob.to_string());
  }
  [[nodiscard]] static std::string folder_of(const KnobId& knob) {
    return fmt::format("{}/{}", resctrl_root, knob.object);
  }

  [[nodiscard]] Result<std::unique_ptr<HostLock>> lock_groups() {
    auto lock = host_.lock_directory(std::string(resctrl_root));
    if (!lock && lock.error().system_error() == EAGAIN)
      return failure(Error(ErrorKind::failed, "another program, libvirt perhaps, is changing the resource groups",
                           "it is tried again with the next change of the host")
                         .with_errno(EAGAIN));
    return lock;
  }

  /// The kernel says in a file what it did not like.
  [[nodiscard]] Status explained(Status status) const {
    if (status) return {};
    const auto said = host_.read(resctrl_file("", "info/last_cmd_status"));
    const std::string reason = said ? setting_text(*said) : "";
    if (reason.empty() || reason == "ok") return failure(std::move(status).error());
    const Error& error = status.error();
    return failure(Error(error.kind(), fmt::format("{} ({})", error.what(), reason), error.remedy())
                       .with_errno(error.system_error()));
  }
  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> resctrl_backend(HostAccess& host) { return std::make_unique<ResctrlBackend>(host); }

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>
#include <map>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

class ModuleBackend final : public KnobBackend {
 public:
  explicit ModuleBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::module_parameter}; }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const Target target, target_of(knob));
    ACDR_TRY(const std::string text,
             host_.read(fmt::format("sys/module/{}/parameters/{}", target.module, target.parameter)));
    return KnobValue(setting_text(text));
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_TRY(const Target target, target_of(knob));
    const auto& text = std::get<std::string>(value);
    if (auto unused = check_unused(target.module); !unused) {
      failed_.erase(knob);
      return unused;
    }
    // Loading a module is itself news of the host, so what did not work is not tried at once again, and for ever.
    if (const auto failed = failed_.find(knob); failed != failed_.end() && failed->second == text)
      return failure(Error(ErrorKind::failed, fmt::format("{} was loaded anew, and did not take it", target.module),
                           "see journalctl -u 'acdr-load-kvm@*'; restart acdrd to have it tried again"));
    const auto done = host_.reload_module(target.module, target.parameter, text);
    const auto now = read(knob);
    if (check_unused(target.module) && (!now || *now != value))
      failed_.insert_or_assign(knob, text);
    else
      failed_.erase(knob);
    return done;
  }

 private:
  struct Target {
    std::string module;
    std::string parameter;
  };
  [[nodiscard]] static Result<Target> target_of(const KnobId& knob) {
    const auto colon = knob.object.find(':');
    if (colon == std::string::npos || knob.object.find('/') != std::string::npos)
      return failure(ErrorKind::usage, "{} names no module's parameter", knob.to_string());
    return Target{knob.object.substr(0, colon), knob.object.substr(colon + 1)};
  }
  [[nodiscard]] Status check_unused(const std::string& module) const {
    const auto text = host_.read(fmt::format("sys/module/{}/refcnt", module));
    if (!text)
      return failure(Error(ErrorKind::failed, fmt::format("{} is part of the kernel and cannot be loaded anew", module),
                           "set the parameter on the kernel's command line"));
    if (parse_unsigned(*text) == 0U) return {};
    return failure(Error(ErrorKind::failed, fmt::format("a VM runs, so {} cannot be loaded anew", module),
                         "it is done once the last VM has stopped")
                       .with_errno(EBUSY));
  }
  HostAccess& host_;
  std::map<KnobId, std::string> failed_;  ///< values that loading the module did not bring about
};

}  // namespace

std::unique_ptr<KnobBackend> module_backend(HostAccess& host) { return std::make_unique<ModuleBackend>(host); }

}  // namespace acdr

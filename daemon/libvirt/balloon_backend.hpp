// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/knob_store.hpp"
#include "libvirt/domain_record.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acdr {

/// The balloons of running domains: read from what libvirt last told of them, written through it. A write waits for
/// libvirt's answer, but only so long; until a late one comes the knob counts as unknown, and nothing else is asked.
///
/// A guest follows its balloon in its own time, or not at all: what it was told counts as its size until it is there,
/// or moves the other way, which somebody else must have told it.
class BalloonBackend final : public KnobBackend {
 public:
  using Set = std::function<std::future<Status>(const KnobId&, Count)>;
  explicit BalloonBackend(std::chrono::milliseconds patience = std::chrono::seconds(1)) : patience_(patience) {}

  /// Whoever sets them; needed before the first write.
  void use(Set set) { set_ = std::move(set); }
  /// All domains that libvirt has. Until then, nothing is known.
  void listed(const std::vector<DomainRecord>& domains);
  /// Returns the knobs that are not as they were known.
  std::vector<KnobId> told(const DomainRecord& record);
  /// The domain does not run any more.
  void gone(const std::string& uuid);

  [[nodiscard]] std::vector<KnobKind> kinds() const override;
  /// Errors: not_found for a domain that does not run, or has no balloon; unreachable where libvirt has not told yet.
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override;
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override;
  [[nodiscard]] Status in_effect(const KnobId& knob) const override;

 private:
  struct Balloon {
    Count polling;              ///< seconds
    Count size;                 ///< KiB
    std::optional<Count> told;  ///< the size that the guest has not reached yet
  };
  struct Call {
    KnobId knob;
    Count value;
    std::future<Status> answer;
  };
  [[nodiscard]] Result<const Balloon*> find(const KnobId& knob) const;
  void follow(const DomainRecord& record);
  /// Takes the answer, if there is one.
  Status settle();

  std::chrono::milliseconds patience_;
  Set set_;
  bool listed_ = false;
  std::map<std::string, Balloon> balloons_;  ///< by uuid
  std::optional<Call> call_;                 ///< the one without an answer
};

}  // namespace acdr

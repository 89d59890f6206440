// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "host/access.hpp"
#include "host/knob.hpp"
#include "host/topology.hpp"

namespace acdr {

/// Reads and writes knobs of one or more kinds; the only place that knows their kernel interface.
class KnobBackend {
 public:
  KnobBackend() = default;
  KnobBackend(const KnobBackend&) = delete;
  KnobBackend& operator=(const KnobBackend&) = delete;
  virtual ~KnobBackend() = default;
  [[nodiscard]] virtual std::vector<KnobKind> kinds() const = 0;
  /// The value now. Error: not_found when the object (thread, IRQ, cgroup) is gone.
  [[nodiscard]] virtual Result<KnobValue> read(const KnobId& knob) const = 0;
  [[nodiscard]] virtual Status write(const KnobId& knob, const KnobValue& value) = 0;
  /// The value right after a write that worked: the object is known to be there.
  [[nodiscard]] virtual Result<KnobValue> read_back(const KnobId& knob) const;
  /// The files (below the host root) that another program would write to change it; none where it is no file.
  [[nodiscard]] virtual std::vector<std::string> files_of(const KnobId& knob) const;
  /// What the kernel itself puts there when it resets the knob (link up, a cpuset change); none where it never does.
  /// The last of them is what it gives a mask whose last CPU went offline.
  [[nodiscard]] virtual std::vector<KnobValue> kernel_values(const KnobId& knob) const;
  /// The knob whose value decides what the kernel gives a new one of these; none where there is no such.
  [[nodiscard]] virtual std::optional<KnobId> default_of(const KnobId& knob) const;
  /// What the kernel gives a new one while its default is this value.
  [[nodiscard]] virtual KnobValue given_by_default(const KnobId& knob, const KnobValue& by_default) const;
  /// Whether what was written has come true. Error: somebody beside the kernel has not followed yet.
  [[nodiscard]] virtual Status in_effect(const KnobId& knob) const;
};

/// All knobs of a host, by their backends.
class KnobStore {
 public:
  /// Which CPUs of `topology` are online may change while the store lives.
  KnobStore(HostAccess& host, const Topology& topology);
  void add(std::unique_ptr<KnobBackend> backend);
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const;
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value);
  [[nodiscard]] Result<KnobValue> read_back(const KnobId& knob) const;
  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const;
  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const;
  [[nodiscard]] std::optional<KnobId> default_of(const KnobId& knob) const;
  [[nodiscard]] KnobValue given_by_default(const KnobId& knob, const KnobValue& by_default) const;
  [[nodiscard]] Status in_effect(const KnobId& knob) const;

 private:
  [[nodiscard]] Result<KnobBackend*> backend(const KnobId& knob) const;
  std::vector<std::unique_ptr<KnobBackend>> backends_;
  std::map<KnobKind, KnobBackend*> by_kind_;
};

}  // namespace acdr

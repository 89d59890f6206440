// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <set>

#include "host/access.hpp"

namespace acdr::ctl {

/// Reads another host, and leaves a copy of whatever is read below a directory, of the shape that recorded_access
/// takes. So a recording holds what planning looks at, and nothing else: who plans on it looks at the same. It changes
/// nothing.
class Recorder final : public HostAccess {
 public:
  Recorder(HostAccess& source, std::filesystem::path target) : source_(source), target_(std::move(target)) {}

  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const override;
  [[nodiscard]] bool exists(const std::string& path) const override;
  [[nodiscard]] std::string link_name(const std::string& path) const override;
  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override;
  [[nodiscard]] Result<CpuSet> affinity(int tid) const override;
  [[nodiscard]] Result<Scheduling> scheduling(int tid) const override { return source_.scheduling(tid); }
  [[nodiscard]] bool has_task_slices() const override { return source_.has_task_slices(); }
  [[nodiscard]] Result<std::vector<FlowRule>> flow_rules(const std::string& interface) const override {
    return source_.flow_rules(interface);
  }
  [[nodiscard]] Result<bool> flow_steering(const std::string& interface) const override {
    return source_.flow_steering(interface);
  }
  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& socket, std::string_view command) override;
  [[nodiscard]] bool live() const override { return source_.live(); }

  [[nodiscard]] Status write(const std::string& path, std::string_view text) override;
  [[nodiscard]] Status set_affinity(int tid, const CpuSet& cpus) override;
  [[nodiscard]] Status set_scheduling(int tid, const Scheduling& scheduling) override;

  /// Puts a text of one's own into the recording; what is read there later does not replace it.
  void put(const std::string& path, std::string_view text) const;
  /// The first thing that could not be stored.
  [[nodiscard]] Status fault() const;

 private:
  [[nodiscard]] bool make_folder(const std::filesystem::path& folder) const;
  void put_if_new(const std::string& path) const;
  void put_first(const std::string& path, std::string_view text) const;
  void remember(const std::string& path, const std::error_code& code) const;

  HostAccess& source_;
  std::filesystem::path target_;
  mutable std::set<std::string> stored_;  ///< what was read first counts, so that one moment is recorded
  mutable std::optional<Error> fault_;
};

}  // namespace acdr::ctl

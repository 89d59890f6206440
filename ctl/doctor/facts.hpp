// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "host/snapshot.hpp"

namespace acdr::ctl {

enum class Cgroups {
  none,
  v1,
  hybrid,  ///< version 2 without controllers, beside version 1
  v2,
};

/// What `acdrctl doctor` goes by: the snapshot that plans are made on, and what else decides whether they can be kept.
struct HostFacts {
  HostSnapshot host;
  std::string kernel;        ///< release: "6.1.0-18-amd64"; "" if it is not known
  std::string command_line;  ///< the kernel's
  bool systemd = false;
  Cgroups cgroups = Cgroups::none;
  bool cpuset = false;                      ///< the controller is there to be turned on
  std::set<std::string> processes;          ///< their names, cut after 15 bytes by the kernel
  std::optional<Status> irqbalance_answer;  ///< none where it was not asked: there is no socket, or this is a recording
  std::string tuned_profile;                ///< the active one
  std::string tuned_cores;  ///< what that profile, or one it includes, isolates or confines; "" for nothing
  bool libvirt_socket = false;
  bool hook = false;
  bool polkit = false;
  std::string kvm_nested;                  ///< "Y", "1", "N", "0"
  bool kvm_device = false;                 ///< /dev/kvm
  std::set<std::string> huge_page_mounts;  ///< hugetlbfs' mount options, one a mount
  bool cache_control_supported = false;    ///< the processor shares out its cache or memory bandwidth
  bool cache_control_mounted = false;
  bool live = true;
  bool root = true;  ///< everything could be seen
};

/// Reads them from this machine ("/") or a recorded one. Needs no root; what cannot be seen without it is left at its
/// default. Errors as read_topology.
[[nodiscard]] Result<HostFacts> read_facts(const std::filesystem::path& root);

/// The same through an access that is there already.
[[nodiscard]] HostFacts read_facts(HostAccess& host, const Topology& topology);

}  // namespace acdr::ctl

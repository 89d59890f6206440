// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "libvirt/domain_xml.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace acdr {

/// libvirt's virDomainState.
enum class DomainState { none, running, blocked, paused, shutting_down, shut_off, crashed, pm_suspended };

/// A domain as libvirt has it now.
struct DomainRecord {
  DomainDefinition definition;  ///< from the live XML while it runs, else from the persistent one
  bool active = false;          ///< has a QEMU process, paused or not
  bool starting = false;        ///< libvirt is not done with its start: calls that change it would wait for that
  DomainState state = DomainState::none;
  std::string problem;  ///< its XML could not be read: why; only uuid and name of the definition are set then
};

/// libvirt's virDomainEventType.
enum class DomainEventKind {
  defined,
  undefined,
  started,
  suspended,
  resumed,
  stopped,
  shutting_down,
  pm_suspended,
  crashed,
  unknown
};

struct DomainEvent {
  std::string uuid;
  std::string name;
  DomainEventKind kind = DomainEventKind::unknown;
  std::string detail;  ///< "booted", "migrated", "destroyed"...; "" where this version of acdr does not know it
};

/// Why a definition was fetched anew.
enum class DomainChange { defined, started, metadata, device_added, device_removed, tunable, balloon };

/// Where libvirt has its threads pinned. A thread that was never pinned has all host CPUs.
struct DomainPins {
  std::map<unsigned, CpuSet> vcpus;  ///< by vCPU number, hot-pluggable ones included
  CpuSet emulator;
  std::map<unsigned, CpuSet> iothreads;  ///< by iothread id
};

/// As they stand in JSON and in the log: "shut-off", "pm-suspended", "device-added".
[[nodiscard]] std::string_view to_string(DomainState state);
[[nodiscard]] std::string_view to_string(DomainEventKind kind);
[[nodiscard]] std::string_view to_string(DomainChange change);

/// Kind and detail of libvirt's numbers for a lifecycle event; numbers of newer libvirts become unknown and "".
[[nodiscard]] DomainEventKind domain_event_kind(int event);
[[nodiscard]] std::string_view domain_event_detail(int event, int detail);
[[nodiscard]] DomainState domain_state(int state);

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_record.hpp"

#include <libvirt/libvirt.h>

#include <array>
#include <vector>

namespace acdr {
namespace {

// Each in the order of its enum, which for the first two is that of libvirt's numbers.
constexpr std::array<std::string_view, 8> state_names{"none",          "running",  "blocked", "paused",
                                                      "shutting-down", "shut-off", "crashed", "pm-suspended"};
constexpr std::array<std::string_view, 10> event_names{"defined", "undefined", "started",       "suspended",
                                                       "resumed", "stopped",   "shutting-down", "pm-suspended",
                                                       "crashed", "unknown"};
constexpr std::array<std::string_view, 7> change_names{"defined",        "started", "metadata", "device-added",
                                                       "device-removed", "tunable", "balloon"};
static_assert(VIR_DOMAIN_PMSUSPENDED == static_cast<int>(DomainState::pm_suspended));
static_assert(VIR_DOMAIN_EVENT_CRASHED == static_cast<int>(DomainEventKind::crashed));

using Details = std::vector<std::string_view>;

/// The details of one kind of event, by libvirt's numbers for them.
const Details& details_of(DomainEventKind kind) {
  static const std::array<Details, event_names.size()> details{
      Details{"added", "updated", "renamed", "from-snapshot"},
      Details{"removed", "renamed"},
      Details{"booted", "migrated", "restored", "from-snapshot", "wakeup"},
      Details{"paused", "migrated", "io-error", "watchdog", "restored", "from-snapshot", "api-error", "postcopy",
              "postcopy-failed"},
      Details{"unpaused", "migrated", "from-snapshot", "postcopy", "postcopy-failed"},
      Details{"shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from-snapshot"},
      Details{"finished", "guest", "host"},
      Details{"memory", "disk"},
      Details{"panicked", "crashloaded"},
      Details{},
  };
  return details[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view to_string(DomainState state) { return state_names[static_cast<std::size_t>(state)]; }
std::string_view to_string(DomainEventKind kind) { return event_names[static_cast<std::size_t>(kind)]; }
std::string_view to_string(DomainChange change) { return change_names[static_cast<std::size_t>(change)]; }

DomainEventKind domain_event_kind(int event) {
  const bool known = event >= VIR_DOMAIN_EVENT_DEFINED && event <= VIR_DOMAIN_EVENT_CRASHED;
  return known ? static_cast<DomainEventKind>(event) : DomainEventKind::unknown;
}

std::string_view domain_event_detail(int event, int detail) {
  const auto& details = details_of(domain_event_kind(event));
  const auto index = static_cast<std::size_t>(detail);
  return detail >= 0 && index < details.size() ? details[index] : "";
}

DomainState domain_state(int state) {
  const bool known = state >= VIR_DOMAIN_NOSTATE && state <= VIR_DOMAIN_PMSUSPENDED;
  return known ? static_cast<DomainState>(state) : DomainState::none;
}

}  // namespace acdr

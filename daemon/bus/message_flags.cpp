// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/message_flags.hpp"

#include <systemd/sd-bus.h>

namespace acdr {
namespace {

/// Message keeps its sd_bus_message protected; a derived class may name the member.
struct Opened : sdbus::Message {
  static sd_bus_message* handle(const sdbus::Message& message) {
    return static_cast<sd_bus_message*>(message.*(&Opened::msg_));
  }
};

}  // namespace

bool allows_interaction(const sdbus::Message& message) {
  return sd_bus_message_get_allow_interactive_authorization(Opened::handle(message)) > 0;
}

void allow_interaction(sdbus::Message& message) {
  const int result = sd_bus_message_set_allow_interactive_authorization(Opened::handle(message), 1);
  SDBUS_THROW_ERROR_IF(result < 0, "allowing interactive authorisation", -result);
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/Message.h>

namespace acdr {

/// ALLOW_INTERACTIVE_AUTHORIZATION of the message header, which sdbus-c++ 1.2 does not offer: whether the caller is
/// ready to wait while polkit asks a person.
[[nodiscard]] bool allows_interaction(const sdbus::Message& message);
/// Error (as an exception of sdbus-c++): the message is sealed.
void allow_interaction(sdbus::Message& message);

}  // namespace acdr

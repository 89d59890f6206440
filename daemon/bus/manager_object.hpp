// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/MethodResult.h>

#include <cstddef>
#include <memory>
#include <string>

#include "bus/authoriser.hpp"
#include "bus/manager.hpp"
#include "bus/pending_calls.hpp"

namespace acdr {

/// How many calls may wait for an answer at a time.
inline constexpr std::size_t most_waiting_calls = 256;

/// The object /org/acdr1 with the interface org.acdr1.Manager (org.acdr1.xml): checks limits and authorisation, and
/// hands everything else to the handler. Connection, handler and authoriser must outlive it; Reply functions need not
/// be gone.
class ManagerObject {
 public:
  /// Errors: the object is there already.
  [[nodiscard]] static Result<std::unique_ptr<ManagerObject>> create(sdbus::IConnection& connection,
                                                                     ManagerHandler& handler, Authoriser& authoriser,
                                                                     std::string version);

  /// Signals. A subject is "host" or "domain:<uuid>", a state one of ClaimStatus or "released".
  void claim_changed(const std::string& subject, const std::string& state);
  void notice(const std::string& text);
  /// ClaimCount or LibvirtConnected is another than before.
  void properties_changed();

 private:
  using Text = sdbus::Result<std::string>;
  using Nothing = sdbus::Result<>;
  using Act = std::function<void(Reply)>;

  ManagerObject(sdbus::IConnection& connection, ManagerHandler& handler, Authoriser& authoriser, std::string version);
  void export_changing_methods();
  void export_tag_methods();
  void export_reading_methods();
  void export_class_methods();
  void export_properties();
  void export_signals();

  template <class... Out>
  void answer(sdbus::Result<Out...> result, const Status& sound, const Act& act);
  template <class... Out>
  void answer_authorised(sdbus::Result<Out...> result, const Status& sound, const char* action, Parameters details,
                         Act act);
  [[nodiscard]] Caller caller() const;

  ManagerHandler& handler_;
  Authoriser& authoriser_;
  const std::string version_;
  std::shared_ptr<PendingCalls> calls_ = std::make_shared<PendingCalls>(most_waiting_calls);
  std::unique_ptr<sdbus::IObject> object_;
};

/// Takes the name org.acdr1; after the object is there, so that nobody activated by it finds nothing. Errors: failed
/// (another acdrd has it), refused (the bus policy is not installed).
[[nodiscard]] Status take_bus_name(sdbus::IConnection& connection);

/// The system bus (or $DBUS_SYSTEM_BUS_ADDRESS). Error: unreachable.
[[nodiscard]] Result<std::unique_ptr<sdbus::IConnection>> open_system_bus();

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>
#include <systemd/sd-event.h>

#include <functional>
#include <memory>

#include "base/result.hpp"

namespace acdr {

/// Runs a bus connection on an sd_event loop, one message a turn, so that the loop's other sources get theirs. The
/// connection must outlive this.
class BusLoop {
 public:
  /// Called once, when the bus is gone for good; nothing comes from the connection after that.
  using Lost = std::function<void(const Error&)>;

  /// Errors: the loop takes no more sources.
  [[nodiscard]] static Result<std::unique_ptr<BusLoop>> attach(sd_event* loop, sdbus::IConnection& connection,
                                                               Lost lost);
  BusLoop(const BusLoop&) = delete;
  BusLoop& operator=(const BusLoop&) = delete;
  ~BusLoop() = default;

 private:
  struct Unref {
    void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
  };
  using Source = std::unique_ptr<sd_event_source, Unref>;

  BusLoop(sdbus::IConnection& connection, Lost lost) : connection_(connection), lost_(std::move(lost)) {}
  [[nodiscard]] Status add_sources(sd_event* loop);
  void rearm();
  void process();
  void give_up(const sdbus::Error& error);

  sdbus::IConnection& connection_;
  Lost lost_;
  Source io_;
  Source timer_;
};

}  // namespace acdr

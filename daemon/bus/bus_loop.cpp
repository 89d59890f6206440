// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/bus_loop.hpp"

#include <sdbus-c++/Error.h>
#include <time.h>

#include <cstdint>

#include "bus/errors.hpp"

namespace acdr {
namespace {

/// The loop's own default would let a timer be a quarter of a second late.
constexpr std::uint64_t timer_accuracy_us = 1000;

}  // namespace

Result<std::unique_ptr<BusLoop>> BusLoop::attach(sd_event* loop, sdbus::IConnection& connection, Lost lost) {
  std::unique_ptr<BusLoop> bus(new BusLoop(connection, std::move(lost)));
  ACDR_CHECK(bus->add_sources(loop));
  return bus;
}

Status BusLoop::add_sources(sd_event* loop) {
  constexpr auto on_io = [](sd_event_source*, int, std::uint32_t, void* self) {
    static_cast<BusLoop*>(self)->process();
    return 0;
  };
  constexpr auto on_time = [](sd_event_source*, std::uint64_t, void* self) {
    static_cast<BusLoop*>(self)->process();
    return 0;
  };
  constexpr auto on_prepare = [](sd_event_source*, void* self) {
    static_cast<BusLoop*>(self)->rearm();
    return 0;
  };
  constexpr auto doing = "attaching the bus to the event loop";
  try {
    sd_event_source* source = nullptr;
    const auto poll = connection_.getEventLoopPollData();
    int result = sd_event_add_io(loop, &source, poll.fd, static_cast<std::uint32_t>(poll.events), on_io, this);
    if (result < 0) return failure(system_error(-result, doing));
    io_.reset(source);
    result = sd_event_add_time(loop, &source, CLOCK_MONOTONIC, 0, timer_accuracy_us, on_time, this);
    if (result < 0) return failure(system_error(-result, doing));
    timer_.reset(source);
    result = sd_event_source_set_prepare(io_.get(), on_prepare);
    if (result < 0) return failure(system_error(-result, doing));
  } catch (const sdbus::Error& error) {
    return failure(bus_error(error, doing));
  }
  return {};
}

/// Before every poll, as sd_bus_attach_event(3) does it: what to wait for changes with each message queued or sent, by
/// whatever part of the program. Messages that were read along with others count as a time-out of zero.
void BusLoop::rearm() {
  try {
    const auto poll = connection_.getEventLoopPollData();
    sd_event_source_set_io_events(io_.get(), static_cast<std::uint32_t>(poll.events));
    const bool timed = poll.timeout_usec != UINT64_MAX;
    if (timed) sd_event_source_set_time(timer_.get(), poll.timeout_usec);
    sd_event_source_set_enabled(timer_.get(), timed ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
  } catch (const sdbus::Error& error) {
    give_up(error);
  }
}

void BusLoop::process() {
  try {
    connection_.processPendingRequest();
  } catch (const sdbus::Error& error) {
    give_up(error);
  }
}

void BusLoop::give_up(const sdbus::Error& error) {
  sd_event_source_set_enabled(io_.get(), SD_EVENT_OFF);
  sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
  if (const Lost lost = std::exchange(lost_, nullptr)) lost(bus_error(error, "the connection to the bus is lost"));
}

}  // namespace acdr

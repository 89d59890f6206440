// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/unit_job.hpp"

#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "bus/errors.hpp"

namespace acdr {
namespace {

using Clock = std::chrono::steady_clock;
using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>;

constexpr const char* systemd = "org.freedesktop.systemd1";
constexpr std::chrono::milliseconds patience{2000};

/// Calls to systemd that share one deadline.
class Systemd {
 public:
  explicit Systemd(sdbus::IConnection& connection) : connection_(connection) {}

  sdbus::ObjectPath unit_of(pid_t pid) {
    sdbus::ObjectPath unit;
    sdbus::createProxy(connection_, systemd, "/org/freedesktop/systemd1")
        ->callMethod("GetUnitByPID")
        .onInterface("org.freedesktop.systemd1.Manager")
        .withTimeout(left())
        .withArguments(static_cast<std::uint32_t>(pid))
        .storeResultsTo(unit);
    return unit;
  }

  sdbus::Variant property(const std::string& path, const std::string& interface, const std::string& name) {
    sdbus::Variant value;
    sdbus::createProxy(connection_, systemd, path)
        ->callMethod("Get")
        .onInterface("org.freedesktop.DBus.Properties")
        .withTimeout(left())
        .withArguments(interface, name)
        .storeResultsTo(value);
    return value;
  }

 private:
  /// Never zero, which sd-bus would take for its own long default.
  [[nodiscard]] std::chrono::microseconds left() const {
    using std::chrono::microseconds;
    return std::max(microseconds(1), std::chrono::duration_cast<microseconds>(deadline_ - Clock::now()));
  }

  sdbus::IConnection& connection_;
  Clock::time_point deadline_ = Clock::now() + patience;
};

}  // namespace

Result<std::string> unit_job(sdbus::IConnection& connection) {
  try {
    Systemd manager(connection);
    const auto unit = manager.unit_of(getpid());
    const auto job = manager.property(unit, "org.freedesktop.systemd1.Unit", "Job").get<Job>();
    if (job.get<0>() == 0) return std::string();
    return manager.property(job.get<1>(), "org.freedesktop.systemd1.Job", "JobType").get<std::string>();
  } catch (const sdbus::Error& error) {
    return failure(bus_error(error, "asking systemd for the job of this unit"));
  }
}

}  // namespace acdr

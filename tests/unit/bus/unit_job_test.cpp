// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/unit_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/Types.h>
#include <unistd.h>

#include <chrono>

#include "support/private_bus.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

/// systemd, as far as it is asked; on a thread of its own, because it is asked synchronously.
class FakeSystemd {
 public:
  using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>;

  FakeSystemd(const PrivateBus& bus, std::string job_type)
      : connection_(bus.connect()),
        manager_(sdbus::createObject(*connection_, "/org/freedesktop/systemd1")),
        unit_(sdbus::createObject(*connection_, "/unit")),
        job_(sdbus::createObject(*connection_, "/job")) {
    manager_->registerMethod("GetUnitByPID")
        .onInterface("org.freedesktop.systemd1.Manager")
        .implementedAs([](std::uint32_t pid) {
          if (pid != static_cast<std::uint32_t>(getpid()))
            throw sdbus::Error("org.freedesktop.systemd1.NoUnitForPID", "PID does not belong to any loaded unit.");
          return sdbus::ObjectPath("/unit");
        });
    manager_->finishRegistration();
    unit_->registerProperty("Job").onInterface("org.freedesktop.systemd1.Unit").withGetter([none = job_type.empty()] {
      return none ? Job{0U, sdbus::ObjectPath("/")} : Job{17U, sdbus::ObjectPath("/job")};
    });
    unit_->finishRegistration();
    job_->registerProperty("JobType").onInterface("org.freedesktop.systemd1.Job").withGetter([job_type] {
      return job_type;
    });
    job_->finishRegistration();
    connection_->requestName("org.freedesktop.systemd1");
    connection_->enterEventLoopAsync();
  }
  ~FakeSystemd() { connection_->leaveEventLoop(); }

 private:
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IObject> manager_, unit_, job_;
};

class UnitJobTest : public testing::Test {
 protected:
  PrivateBus bus;
  std::unique_ptr<sdbus::IConnection> connection = bus.connect();
};

TEST_F(UnitJobTest, TellsRestartFromStop) {
  for (const char* type : {"restart", "stop"}) {
    const FakeSystemd systemd(bus, type);
    EXPECT_EQ(unit_job(*connection).value_or("error"), type);
  }
}

TEST_F(UnitJobTest, IsEmptyWithoutAJob) {
  const FakeSystemd systemd(bus, "");
  EXPECT_EQ(unit_job(*connection).value_or("error"), "");
}

TEST_F(UnitJobTest, SaysWhenThereIsNoSystemd) {
  const auto job = unit_job(*connection);
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().kind(), ErrorKind::unreachable);
  EXPECT_THAT(job.error().message(), HasSubstr("asking systemd"));
}

TEST_F(UnitJobTest, DoesNotWaitForASystemdThatHangs) {
  const auto silent = bus.connect();  // has the name, and nobody who reads
  silent->requestName("org.freedesktop.systemd1");
  const auto begin = std::chrono::steady_clock::now();
  const auto job = unit_job(*connection);
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().kind(), ErrorKind::unreachable);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(1900));
  EXPECT_LT(took, std::chrono::milliseconds(4000));
}

}  // namespace
}  // namespace acdr::test

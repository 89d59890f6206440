// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/sysctl/sysctl.hpp"

#include <array>

#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "sysctl",
    "Kernel parameters below /proc/sys, from a list of those that are safe to give back",
    {{"settings", ParameterType::string, {}, {}, {}, {}, "What to set: vm.swappiness=10; commas between several"}}};

/// What is here changes how the kernel works, not what it protects, and takes its old value back at any time.
constexpr std::array allowed{
    AllowedSetting{"kernel.hung_task_timeout_secs", 0, 86400},
    AllowedSetting{"kernel.nmi_watchdog", 0, 1},
    AllowedSetting{"kernel.sched_autogroup_enabled", 0, 1},
    AllowedSetting{"kernel.sched_rt_runtime_us", -1, 1000000},
    AllowedSetting{"kernel.soft_watchdog", 0, 1},
    AllowedSetting{"kernel.timer_migration", 0, 1},
    AllowedSetting{"kernel.watchdog", 0, 1},
    AllowedSetting{"kernel.watchdog_thresh", 0, 60},
    AllowedSetting{"net.core.busy_poll", 0, 1000},
    AllowedSetting{"net.core.busy_read", 0, 1000},
    AllowedSetting{"net.core.dev_weight", 1, 1024},
    AllowedSetting{"net.core.netdev_budget", 1, 100000},
    AllowedSetting{"net.core.netdev_budget_usecs", 1, 1000000},
    AllowedSetting{"net.core.netdev_max_backlog", 1, 10000000},
    AllowedSetting{"net.core.rmem_max", 4096, 2147483647},
    AllowedSetting{"net.core.wmem_max", 4096, 2147483647},
    AllowedSetting{"vm.compaction_proactiveness", 0, 100},
    AllowedSetting{"vm.dirty_background_ratio", 0, 100},
    AllowedSetting{"vm.dirty_ratio", 1, 100},
    AllowedSetting{"vm.dirty_writeback_centisecs", 0, 360000},
    AllowedSetting{"vm.min_free_kbytes", 1024, 16777216},
    AllowedSetting{"vm.stat_interval", 1, 3600},
    AllowedSetting{"vm.swappiness", 0, 200},
    AllowedSetting{"vm.vfs_cache_pressure", 1, 1000},
    AllowedSetting{"vm.watermark_boost_factor", 0, 100000},
    AllowedSetting{"vm.watermark_scale_factor", 10, 3000},
    AllowedSetting{"vm.zone_reclaim_mode", 0, 7},
};

}  // namespace

std::unique_ptr<Plugin> sysctl() {
  return std::make_unique<ListedSettings>(description, KnobKind::sysctl, allowed, "this kernel has no such parameter");
}

}  // namespace acdr

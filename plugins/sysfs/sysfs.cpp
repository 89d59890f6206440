// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/sysfs/sysfs.hpp"

#include <array>

#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "sysfs",
    "Kernel and device settings below /sys, from a list of those that are safe to give back",
    {{"settings",
      ParameterType::string,
      {},
      {},
      {},
      {},
      "What to set: module/kvm/parameters/halt_poll_ns=0; commas between several"}}};

/// Paths below /sys. As with sysctl, each takes its old value back at any time.
constexpr std::array allowed{
    AllowedSetting{"block/*/queue/nomerges", 0, 2},
    AllowedSetting{"block/*/queue/nr_requests", 4, 10000},
    AllowedSetting{"block/*/queue/read_ahead_kb", 0, 65536},
    AllowedSetting{"block/*/queue/rq_affinity", 0, 2},
    AllowedSetting{"block/*/queue/scheduler", 0, 0, "none mq-deadline bfq kyber"},
    AllowedSetting{"block/*/queue/wbt_lat_usec", 0, 1000000},
    AllowedSetting{"class/net/*/gro_flush_timeout", 0, 100000000},
    AllowedSetting{"class/net/*/napi_defer_hard_irqs", 0, 1000},
    AllowedSetting{"class/net/*/threaded", 0, 1},
    AllowedSetting{"class/net/*/tx_queue_len", 0, 1000000},
    AllowedSetting{"devices/system/cpu/cpufreq/boost", 0, 1},
    AllowedSetting{"devices/system/cpu/intel_pstate/no_turbo", 0, 1},
    AllowedSetting{"devices/system/cpu/intel_pstate/min_perf_pct", 0, 100},
    AllowedSetting{"kernel/mm/ksm/max_page_sharing", 2, 1000000},
    AllowedSetting{"kernel/mm/ksm/pages_to_scan", 1, 100000},
    AllowedSetting{"kernel/mm/ksm/sleep_millisecs", 1, 100000},
    AllowedSetting{"kernel/mm/ksm/use_zero_pages", 0, 1},
    AllowedSetting{"kernel/mm/lru_gen/min_ttl_ms", 0, 3600000},
    AllowedSetting{"kernel/mm/transparent_hugepage/khugepaged/pages_to_scan", 1, 1000000},
    AllowedSetting{"kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", 0, 3600000},
    AllowedSetting{"module/kvm/parameters/halt_poll_ns", 0, 10000000},
    AllowedSetting{"module/kvm/parameters/halt_poll_ns_grow", 0, 100},
    AllowedSetting{"module/kvm/parameters/halt_poll_ns_grow_start", 0, 1000000},
    AllowedSetting{"module/kvm/parameters/halt_poll_ns_shrink", 0, 100},
};

}  // namespace

std::unique_ptr<Plugin> sysfs() {
  return std::make_unique<ListedSettings>(description, KnobKind::sysfs, allowed, "this host has no such file");
}

}  // namespace acdr

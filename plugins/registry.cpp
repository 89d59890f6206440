// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/registry.hpp"

#include "plugins/apart/apart.hpp"
#include "plugins/ballooning/ballooning.hpp"
#include "plugins/cache/cache.hpp"
#include "plugins/cleaner-cores/cleaner_cores.hpp"
#include "plugins/consume-locality/consume_locality.hpp"
#include "plugins/cpu-power/cpu_power.hpp"
#include "plugins/dedicated-cores/dedicated_cores.hpp"
#include "plugins/emulator-pinning/emulator_pinning.hpp"
#include "plugins/flow-pinning/flow_pinning.hpp"
#include "plugins/hugepages/hugepages.hpp"
#include "plugins/irq-ban/irq_ban.hpp"
#include "plugins/irq-pinning/irq_pinning.hpp"
#include "plugins/ksm/ksm.hpp"
#include "plugins/nested/nested.hpp"
#include "plugins/numa-balancing/numa_balancing.hpp"
#include "plugins/scheduler/scheduler.hpp"
#include "plugins/softirq-pinning/softirq_pinning.hpp"
#include "plugins/strict-numa/strict_numa.hpp"
#include "plugins/sysctl/sysctl.hpp"
#include "plugins/sysfs/sysfs.hpp"
#include "plugins/together/together.hpp"
#include "plugins/transparent-hugepages/transparent_hugepages.hpp"

namespace acdr {

PluginRegistry all_plugins() {
  std::vector<std::unique_ptr<Plugin>> plugins;
  plugins.push_back(cleaner_cores());
  plugins.push_back(dedicated_cores());
  plugins.push_back(irq_ban());
  plugins.push_back(emulator_pinning());
  plugins.push_back(numa_balancing());
  plugins.push_back(ksm());
  plugins.push_back(transparent_hugepages());
  plugins.push_back(sysctl());
  plugins.push_back(sysfs());
  plugins.push_back(cpu_power());
  plugins.push_back(scheduler());
  plugins.push_back(nested());
  plugins.push_back(irq_pinning());
  plugins.push_back(softirq_pinning());
  plugins.push_back(flow_pinning());
  plugins.push_back(consume_locality());
  plugins.push_back(hugepages());
  plugins.push_back(strict_numa());
  plugins.push_back(ballooning());
  plugins.push_back(apart());
  plugins.push_back(together());
  plugins.push_back(cache());
  return PluginRegistry(std::move(plugins));
}

}  // namespace acdr

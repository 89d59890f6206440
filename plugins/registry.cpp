// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/registry.hpp"

#include "plugins/apart/apart.hpp"
#include "plugins/cleaner-cores/cleaner_cores.hpp"
#include "plugins/dedicated-cores/dedicated_cores.hpp"
#include "plugins/emulator-pinning/emulator_pinning.hpp"
#include "plugins/hugepages/hugepages.hpp"
#include "plugins/irq-ban/irq_ban.hpp"
#include "plugins/strict-numa/strict_numa.hpp"
#include "plugins/together/together.hpp"

namespace acdr {

PluginRegistry all_plugins() {
  std::vector<std::unique_ptr<Plugin>> plugins;
  plugins.push_back(cleaner_cores());
  plugins.push_back(dedicated_cores());
  plugins.push_back(irq_ban());
  plugins.push_back(emulator_pinning());
  plugins.push_back(hugepages());
  plugins.push_back(strict_numa());
  plugins.push_back(apart());
  plugins.push_back(together());
  return PluginRegistry(std::move(plugins));
}

}  // namespace acdr

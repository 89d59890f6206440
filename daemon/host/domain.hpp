// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "base/units.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acdr {

/// The conditioning element of a domain's metadata: xmlns urn:acdr:domain:1.
struct ConditioningTag {
  std::string class_name;
  std::map<std::string, std::string> parameters;
  friend bool operator==(const ConditioningTag&, const ConditioningTag&) = default;
};

/// What acdr needs to know of a domain's definition.
struct DomainDefinition {
  std::string uuid;  ///< lower case, with dashes
  std::string name;
  unsigned vcpus = 0;          ///< maximum vCPUs (hot-pluggable ones included)
  unsigned current_vcpus = 0;  ///< <vcpu current=''>, else vcpus
  unsigned iothreads = 0;
  std::vector<unsigned> iothread_ids;  ///< what a pin names them by; 1..iothreads unless <iothreadids> says else
  Bytes memory;
  std::string partition;                ///< <resource><partition>, "" = libvirt's default (/machine)
  std::vector<std::string> interfaces;  ///< host-side names that tie it to hardware: <source dev=/bridge=>, in order
  std::vector<std::string> target_devices;  ///< <target dev=>: tap names, known once it runs
  std::vector<std::string> pci_devices;     ///< passed-through hostdevs, "0000:21:00.0"
  CpuSet pinned;                            ///< union of its own <cputune> vcpupin/emulatorpin and <vcpu cpuset=>
  NodeSet memory_nodes;                     ///< <numatune><memory nodeset=>
  std::optional<Bytes> huge_page_size;      ///< <memoryBacking><hugepages><page size=>; 0 is the host's default size
  std::vector<std::string> addresses;       ///< <interface><mac address=>, lower case, in the order of the interfaces
  bool balloon = true;                      ///< <memballoon model=> other than none
  std::chrono::seconds balloon_polling{};   ///< <memballoon><stats period=>; 0 = libvirt does not poll it
  Bytes balloon_size;                       ///< <currentMemory>: what the balloon leaves it of `memory`
  std::optional<ConditioningTag> tag;
  std::string flavor;        ///< the name of its Nova flavor; "" where Nova did not make it
  std::string flavor_class;  ///< that flavor's extra spec acdr:class
  std::string tag_error;     ///< the metadata element is there but broken: why; "" otherwise
  friend bool operator==(const DomainDefinition&, const DomainDefinition&) = default;
};

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
// Receive flow rules and the feature ntuple, by SIOCETHTOOL. Any socket will do for it; the daemon's unit allows unix
// ones.
#include "host/flow_rules.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>

#include "base/unique_fd.hpp"

namespace acdr {
namespace {

constexpr std::string_view ntuple = "rx-ntuple-filter";
using Address = std::array<unsigned char, ETH_ALEN>;

Error ethtool_error(int number, std::string_view doing) {
  const Error error = system_error(number, doing);
  return number == ENODEV ? Error(ErrorKind::not_found, error.what()).with_errno(number) : error;
}

/// A command and the array at its end, which its structure in linux/ethtool.h leaves open; it may begin before the
/// padding of that ends.
template <class Command, class Item, std::size_t begin = sizeof(Command)>
class Extended {
 public:
  explicit Extended(std::size_t items)
      : words_((sizeof(Command) + items * sizeof(Item) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)) {}
  [[nodiscard]] Command& command() { return *reinterpret_cast<Command*>(words_.data()); }
  [[nodiscard]] Item item(std::size_t number) const {
    Item item;
    const auto* bytes = reinterpret_cast<const char*>(words_.data());
    std::memcpy(&item, bytes + begin + number * sizeof(Item), sizeof item);
    return item;
  }

 private:
  std::vector<std::uint64_t> words_;
};

std::string text_of(const unsigned char* address) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", address[0], address[1], address[2], address[3],
                     address[4], address[5]);
}

std::optional<Address> address_of(const std::string& text) {
  Address address{};
  int end = 0;
  const int parts = std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &address[0], &address[1],
                                &address[2], &address[3], &address[4], &address[5], &end);
  if (parts != ETH_ALEN || static_cast<std::size_t>(end) != text.size()) return std::nullopt;
  return address;
}

bool is_filled_with(const void* data, std::size_t size, unsigned char byte) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  return std::all_of(bytes, bytes + size, [&](unsigned char one) { return one == byte; });
}

/// The rule if it is of our kind: this destination, whatever else, to a queue of the NIC itself.
std::optional<FlowRule> simple_rule(const ethtool_rx_flow_spec& spec) {
  const ethhdr& mask = spec.m_u.ether_spec;
  const bool by_destination = (spec.flow_type & ~static_cast<__u32>(FLOW_EXT)) == ETHER_FLOW &&
                              is_filled_with(mask.h_dest, sizeof mask.h_dest, 0xff) &&
                              is_filled_with(mask.h_source, sizeof mask.h_source, 0) && mask.h_proto == 0 &&
                              is_filled_with(&spec.m_ext, sizeof spec.m_ext, 0);
  if (!by_destination || (spec.ring_cookie & ~static_cast<__u64>(ETHTOOL_RX_FLOW_SPEC_RING)) != 0) return std::nullopt;
  return FlowRule{spec.location, text_of(spec.h_u.ether_spec.h_dest), static_cast<unsigned>(spec.ring_cookie)};
}

}  // namespace

int kernel_ethtool(const std::string& interface, void* command) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  ifreq request{};
  if (interface.size() >= sizeof request.ifr_name) return ENODEV;
  std::memcpy(request.ifr_name, interface.c_str(), interface.size());
  request.ifr_data = static_cast<char*>(command);
  return ::ioctl(fd.get(), SIOCETHTOOL, &request) == 0 ? 0 : errno;
}

Status FlowRules::ask(const std::string& interface, void* command, std::string_view doing) const {
  const int number = ethtool_(interface, command);
  if (number == 0) return {};
  return failure(ethtool_error(number, fmt::format("{} {}", doing, interface)));
}

Result<FlowRules::Table> FlowRules::read_table(const std::string& interface) const {
  ethtool_rxnfc count{};
  count.cmd = ETHTOOL_GRXCLSRLCNT;
  ACDR_CHECK(ask(interface, &count, "counting the flow rules of"));
  Extended<ethtool_rxnfc, __u32, offsetof(ethtool_rxnfc, rule_locs)> all(count.rule_cnt);
  all.command().cmd = ETHTOOL_GRXCLSRLALL;
  all.command().rule_cnt = count.rule_cnt;
  ACDR_CHECK(ask(interface, &all.command(), "listing the flow rules of"));
  Table table;
  table.driver_chooses = (count.data & RX_CLS_LOC_SPECIAL) != 0;
  table.size = static_cast<unsigned>(all.command().data & ~static_cast<__u64>(RX_CLS_LOC_SPECIAL));
  for (std::size_t i = 0; i < std::min(all.command().rule_cnt, count.rule_cnt); ++i) table.used.push_back(all.item(i));
  std::ranges::sort(table.used);
  return table;
}

Result<std::vector<FlowRule>> FlowRules::list(const std::string& interface) const {
  ACDR_TRY(const Table table, read_table(interface));
  std::vector<FlowRule> rules;
  for (const unsigned location : table.used) {
    ethtool_rxnfc one{};
    one.cmd = ETHTOOL_GRXCLSRULE;
    one.fs.location = location;
    ACDR_CHECK(ask(interface, &one, "reading a flow rule of"));
    if (auto rule = simple_rule(one.fs)) rules.push_back(std::move(*rule));
  }
  return rules;
}

Status FlowRules::add(const std::string& interface, const FlowRule& rule) const {
  const auto address = address_of(rule.address);
  if (!address) return failure(ErrorKind::usage, "'{}' is not the address of an interface", rule.address);
  ACDR_TRY(const Table table, read_table(interface));
  ethtool_rxnfc insert{};
  insert.cmd = ETHTOOL_SRXCLSRLINS;
  insert.fs.flow_type = ETHER_FLOW;
  std::ranges::copy(*address, insert.fs.h_u.ether_spec.h_dest);
  std::ranges::fill(insert.fs.m_u.ether_spec.h_dest, static_cast<unsigned char>(0xff));
  insert.fs.ring_cookie = rule.queue;
  insert.fs.location = RX_CLS_LOC_ANY;
  if (!table.driver_chooses) {
    const std::set<unsigned> used(table.used.begin(), table.used.end());
    unsigned place = table.size;
    while (place > 0 && used.contains(place - 1)) --place;
    if (place == 0)
      return failure(Error(ErrorKind::failed, fmt::format("{} has no room for another flow rule", interface),
                           fmt::format("remove some; ethtool -n {} lists them", interface))
                         .with_errno(ENOSPC));
    insert.fs.location = place - 1;
  }
  return ask(interface, &insert, fmt::format("sending {} to queue {} of", rule.address, rule.queue));
}

Status FlowRules::remove(const std::string& interface, unsigned location) const {
  ethtool_rxnfc remove{};
  remove.cmd = ETHTOOL_SRXCLSRLDEL;
  remove.fs.location = location;
  return ask(interface, &remove, fmt::format("removing flow rule {} of", location));
}

/// Features have no fixed numbers, only names.
Result<std::size_t> FlowRules::feature_number(const std::string& interface) const {
  Extended<ethtool_sset_info, __u32> sizes(1);
  sizes.command().cmd = ETHTOOL_GSSET_INFO;
  sizes.command().sset_mask = __u64{1} << ETH_SS_FEATURES;
  ACDR_CHECK(ask(interface, &sizes.command(), "counting the features of"));
  using Name = std::array<char, ETH_GSTRING_LEN>;
  Extended<ethtool_gstrings, Name> names(sizes.item(0));
  names.command().cmd = ETHTOOL_GSTRINGS;
  names.command().string_set = ETH_SS_FEATURES;
  names.command().len = sizes.item(0);
  ACDR_CHECK(ask(interface, &names.command(), "listing the features of"));
  for (std::size_t i = 0; i < std::min(names.command().len, sizes.item(0)); ++i) {
    const Name name = names.item(i);
    if (std::string_view(name.data(), ::strnlen(name.data(), name.size())) == ntuple) return i;
  }
  return failure(system_error(EOPNOTSUPP, fmt::format("looking for the feature {} of {}", ntuple, interface)));
}

Result<bool> FlowRules::count(const std::string& interface) const {
  ACDR_CHECK(read_table(interface));
  ACDR_TRY(const std::size_t number, feature_number(interface));
  constexpr std::size_t bits = 32;
  Extended<ethtool_gfeatures, ethtool_get_features_block> features(number / bits + 1);
  features.command().cmd = ETHTOOL_GFEATURES;
  features.command().size = static_cast<__u32>(number / bits + 1);
  ACDR_CHECK(ask(interface, &features.command(), "reading the features of"));
  const ethtool_get_features_block block = features.item(number / bits);
  const __u32 bit = __u32{1} << (number % bits);
  if ((block.active & bit) != 0) return true;
  if ((block.available & bit) != 0) return false;
  return failure(system_error(EOPNOTSUPP, fmt::format("turning the flow rules of {} on", interface)));
}

Status FlowRules::make_count(const std::string& interface, bool on) const {
  ethtool_value flags{};
  flags.cmd = ETHTOOL_GFLAGS;
  ACDR_CHECK(ask(interface, &flags, "reading the flags of"));
  flags.cmd = ETHTOOL_SFLAGS;
  flags.data = on ? flags.data | ETH_FLAG_NTUPLE : flags.data & ~static_cast<__u32>(ETH_FLAG_NTUPLE);
  return ask(interface, &flags, fmt::format("turning the flow rules {} of", on ? "on" : "off"));
}

}  // namespace acdr

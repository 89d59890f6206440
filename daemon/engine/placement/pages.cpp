// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/pages.hpp"

#include "engine/placement/words.hpp"

#include <algorithm>

namespace acdr::placement {
namespace {

/// Pages of one size on one node.
struct PageRoom {
  std::uint64_t free = 0;      ///< there already
  std::uint64_t possible = 0;  ///< that free memory and page cache would make besides
  [[nodiscard]] std::uint64_t total() const { return free + possible; }
};

/// None where the node has no pages of this size.
std::optional<PageRoom> room_on(const NodeMemory& memory, Bytes size) {
  const auto pages = memory.huge_pages.find(size);
  if (pages == memory.huge_pages.end()) return std::nullopt;
  return PageRoom{pages->second.free, (memory.free.value + memory.page_cache.value) / size.value};
}

std::optional<unsigned> roomiest(const HostView& view) {
  std::optional<unsigned> best;
  std::uint64_t most = 0;
  for (const auto& [node, memory] : view.occupancy->memory) {
    const auto room = room_on(memory, view.demand->pages->size);
    if (!room || (best && room->total() <= most)) continue;
    best = node;
    most = room->total();
  }
  return best;
}

Error no_such_size(const HostView& view, std::optional<unsigned> node) {
  NodeMemory all;
  for (const auto& [id, memory] : view.occupancy->memory)
    if (!node || *node == id) all.huge_pages.insert(memory.huge_pages.begin(), memory.huge_pages.end());
  std::vector<std::string> sizes;
  for (const auto& [size, pages] : all.huge_pages) sizes.push_back(size.to_string());
  const std::string where = node ? fmt::format("node {}", *node) : "this host";
  if (sizes.empty()) return {ErrorKind::refused, where + " has no huge pages", "leave hugepages out of the class"};
  return {ErrorKind::refused,
          fmt::format("{} has no huge pages of {}; it has {}", where, view.demand->pages->size.to_string(),
                      fmt::join(sizes, ", ")),
          "ask for a size that it has, in the class and in the domain's <hugepages>"};
}

Error no_room(const HostView& view, unsigned node, const PageRoom& room) {
  const PageDemand& demand = *view.demand->pages;
  std::string remedy = room.total() > 0 ? fmt::format("ask for at most {}", counted(room.total(), "page"))
                                        : fmt::format("free memory on node {}", node);
  const auto other = roomiest(view);
  const auto elsewhere = other ? room_on(view.occupancy->memory.at(*other), demand.size) : std::nullopt;
  if (elsewhere && elsewhere->total() >= demand.count)
    remedy += fmt::format(", or use node {}, which has room", *other);
  const NodeMemory& memory = view.occupancy->memory.at(node);
  return {
      ErrorKind::refused,
      fmt::format("{} of {} are needed on node {}: {} {} free, and {} of free memory and {} of page cache make "
                  "{} more",
                  counted(demand.count, "huge page"), demand.size.to_string(), node, room.free,
                  room.free == 1 ? "is" : "are", memory.free.to_string(), memory.page_cache.to_string(), room.possible),
      remedy};
}

std::string why(const HostView& view, const Allocation& allocation, const PageReserve& pages) {
  const PageDemand& demand = *view.demand->pages;
  std::string where = ", which has the most memory free";
  if (demand.node)
    where = ", because " + demand.node_reason;
  else if (allocation.node)
    where = "";
  std::string text = fmt::format("{} of {} on node {}{}", counted(pages.count, "huge page"), pages.size.to_string(),
                                 pages.node, where);
  if (pages.added == 0) return text + ": free already.";
  return text + fmt::format(": {} free already, {} added.", pages.count - pages.added, pages.added);
}

}  // namespace

bool has_pages(const HostView& view, unsigned node) {
  const auto memory = view.occupancy->memory.find(node);
  if (memory == view.occupancy->memory.end()) return false;
  const auto room = room_on(memory->second, view.demand->pages->size);
  return room && room->total() >= view.demand->pages->count;
}

Result<PageReserve> place_pages(const HostView& view, Allocation& allocation) {
  const PageDemand& demand = *view.demand->pages;
  std::optional<unsigned> node = demand.node ? demand.node : allocation.node;
  if (!node) node = roomiest(view);
  const auto memory = node ? view.occupancy->memory.find(*node) : view.occupancy->memory.end();
  const auto room = memory == view.occupancy->memory.end() ? std::nullopt : room_on(memory->second, demand.size);
  if (!room) return failure(no_such_size(view, node));
  if (demand.count > room->total()) return failure(no_room(view, *node, *room));
  const PageReserve pages{*node, demand.size, demand.count, demand.count - std::min(demand.count, room->free)};
  allocation.reasons.push_back(why(view, allocation, pages));
  return pages;
}

}  // namespace acdr::placement

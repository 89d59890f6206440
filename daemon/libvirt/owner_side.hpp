// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "libvirt/connection.hpp"

#include <any>
#include <cstdint>
#include <map>
#include <utility>

namespace acdr {

/// What of a LibvirtConnection lives on the owner's thread only: the handlers and the callbacks of calls under way. The
/// worker knows them by number, so that nothing the owner captured is ever run or destroyed on another thread.
struct OwnerSide {
  LibvirtHandlers handlers;
  std::map<std::uint64_t, std::any> waiting;  ///< LibvirtConnection::Done<T> by number
  std::uint64_t calls = 0;

  template <class T>
  std::uint64_t keep(LibvirtConnection::Done<T> done) {
    waiting.emplace(++calls, std::move(done));
    return calls;
  }

  template <class T>
  void complete(std::uint64_t call, const Result<T>& result) {
    const auto kept = waiting.extract(call);
    const auto& done = std::any_cast<const LibvirtConnection::Done<T>&>(kept.mapped());
    if (done) done(result);
  }
};

}  // namespace acdr

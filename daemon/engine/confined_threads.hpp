// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/wish_list.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// Wishes for threads with a mask of their own: what the cgroups they are in are confined to. A kernel that overwrites
/// masks takes theirs, so they are in the books; and no kernel gives a thread what its cpuset leaves out. Where the
/// kernel keeps masks, only for threads that `wishes` has something of already.
[[nodiscard]] std::vector<Wish> confined_with_their_cgroups(const HostSnapshot& host, const WishList& wishes);

}  // namespace acdr

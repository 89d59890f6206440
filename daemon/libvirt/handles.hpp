// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <libvirt/libvirt.h>

#include <cstdlib>
#include <memory>

namespace acdr {

/// Gives a libvirt object back with the function that libvirt has for it.
template <auto function>
struct ReleaseWith {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};

using ConnectHandle = std::unique_ptr<virConnect, ReleaseWith<&virConnectClose>>;
using DomainHandle = std::unique_ptr<virDomain, ReleaseWith<&virDomainFree>>;
using CString = std::unique_ptr<char, ReleaseWith<&std::free>>;

/// The calling thread's last libvirt error: "<doing>: <libvirt's message>". A missing domain is not_found; a call that
/// libvirt or its access control denies is refused; trouble with the connection is unreachable.
[[nodiscard]] Error libvirt_error(std::string_view doing);
/// Whether the calling thread's last libvirt error says that the driver has no such call.
[[nodiscard]] bool libvirt_lacks_call();

}  // namespace acdr

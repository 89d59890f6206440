// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/handles.hpp"

#include <libvirt/virterror.h>

#include "libvirt/xml_text.hpp"

namespace acdr {
namespace {

/// What broke below the calls: the socket, the RPC, libvirtd itself. A keepalive time-out and a closed socket come as
/// "internal error" or "system error" out of the RPC code, so the code alone does not tell.
bool is_connection_trouble(const virError& error) {
  if (error.code == VIR_ERR_NO_CONNECT || error.code == VIR_ERR_INVALID_CONN || error.code == VIR_ERR_RPC) return true;
  return error.domain == VIR_FROM_RPC && error.code != VIR_ERR_NO_SUPPORT;
}

ErrorKind kind_of(const virError& error) {
  if (error.code == VIR_ERR_NO_DOMAIN) return ErrorKind::not_found;
  if (is_connection_trouble(error)) return ErrorKind::unreachable;
  switch (error.code) {
    case VIR_ERR_OPERATION_DENIED:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
      return ErrorKind::refused;
    default:
      return ErrorKind::failed;
  }
}

}  // namespace

Error libvirt_error(std::string_view doing) {
  const auto* error = virGetLastError();
  if (error == nullptr || error->message == nullptr)
    return Error(ErrorKind::failed, fmt::format("{}: libvirt gives no reason", doing));
  std::string message(trimmed(error->message));
  for (char& c : message)
    if (c == '\n') c = ' ';  // libxml2's errors point into the text with several lines
  return Error(kind_of(*error), fmt::format("{}: {}", doing, message));
}

bool libvirt_lacks_call() { return virGetLastErrorCode() == VIR_ERR_NO_SUPPORT; }

}  // namespace acdr

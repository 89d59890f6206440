// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace acdr {

// The wire between libvirt's qemu hook and the daemon, on a unix stream socket. The hook sends
//     acdr-hook/1 <operation> <domain name>\n<domain XML>        and shuts its side down;
// the daemon answers with one line, "ok\n" or "refuse <reason>\n". Lines "wait\n" may come before it: the host is in
// the middle of something that takes seconds, and the domain should not start into it. A request that is not understood
// gets no answer: the connection closes, and the hook takes that, like every other doubt, for "ok".

inline constexpr std::string_view hook_socket_path = "/run/acdr/hook.sock";
inline constexpr std::size_t hook_name_limit = 1024;  ///< bytes in a domain's name
inline constexpr std::size_t hook_xml_limit = std::size_t{1} << 20;
inline constexpr std::size_t hook_reason_limit = 1024;  ///< bytes in a refusal's reason
/// Longest request and reply that either side reads.
inline constexpr std::size_t hook_request_limit = hook_xml_limit + hook_name_limit + 64;
inline constexpr std::size_t hook_reply_limit = hook_reason_limit + 64;
inline constexpr std::string_view hook_wait = "wait\n";

struct HookRequest {
  std::string operation;  ///< libvirt's, "prepare"
  std::string domain;     ///< the domain's name
  std::string xml;        ///< as libvirt wrote it to the hook; not parsed here
  friend bool operator==(const HookRequest&, const HookRequest&) = default;
};

/// Errors (usage): an operation that is no plain word, a name or XML that is empty, too long or (name) not one line.
[[nodiscard]] Result<std::string> encode_hook_request(const HookRequest& request);
/// The whole request, as read up to the end of the stream. Errors as above, and (usage) another protocol or version.
[[nodiscard]] Result<HookRequest> parse_hook_request(std::string_view text);

/// An empty reason is "ok"; any other is made one line and cut at hook_reason_limit.
[[nodiscard]] std::string encode_hook_reply(std::string_view refusal);
/// The refusal's reason, "" for ok. Errors (usage): anything that is not exactly one of the two replies, after any
/// "wait\n", an unfinished line too: half a reply is a doubt.
[[nodiscard]] Result<std::string> parse_hook_reply(std::string_view text);

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/harness.hpp"
#include "libvirt/hook_protocol.hpp"

namespace acdr::fuzz {

void hook_messages(std::string_view input) {
  const auto request = parse_hook_request(input);
  promise_plain_error(request);
  if (request) promise(encode_hook_request(*request) == std::string(input), "a request is sent as it was read");

  const auto reply = parse_hook_reply(input);
  promise_plain_error(reply);
  std::string_view said = input;
  while (said.starts_with(hook_wait)) said.remove_prefix(hook_wait.size());
  if (reply) promise(encode_hook_reply(*reply) == said, "a reply is sent as it was read");

  const std::string line = encode_hook_reply(input);
  const auto reason = parse_hook_reply(line);
  promise(line.size() <= hook_reply_limit, "a reply is no longer than a hook reads");
  promise(reason.has_value() && reason->empty() == input.empty(), "a refusal arrives as one");
}

}  // namespace acdr::fuzz

// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/hook_protocol.hpp"

#include <algorithm>

namespace acdr {
namespace {

constexpr std::string_view magic = "acdr-hook/1 ";
constexpr std::size_t operation_limit = 32;
constexpr std::string_view ok_reply = "ok\n";
constexpr std::string_view refuse_prefix = "refuse ";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

Status check(const HookRequest& request) {
  const auto& operation = request.operation;
  if (operation.empty() || operation.size() > operation_limit ||
      !std::ranges::all_of(operation, [](char c) { return c >= 'a' && c <= 'z'; }))
    return failure(ErrorKind::usage, "the hook's operation is not one of libvirt's words");
  if (request.domain.empty() || request.domain.size() > hook_name_limit)
    return failure(ErrorKind::usage, "the domain's name is empty or longer than {} bytes", hook_name_limit);
  if (std::ranges::any_of(request.domain, is_control))
    return failure(ErrorKind::usage, "the domain's name has control characters in it");
  if (request.xml.empty() || request.xml.size() > hook_xml_limit)
    return failure(ErrorKind::usage, "the domain XML is empty or larger than {} bytes", hook_xml_limit);
  return {};
}

}  // namespace

Result<std::string> encode_hook_request(const HookRequest& request) {
  ACDR_CHECK(check(request));
  return fmt::format("{}{} {}\n{}", magic, request.operation, request.domain, request.xml);
}

Result<HookRequest> parse_hook_request(std::string_view text) {
  if (!text.starts_with(magic)) return failure(ErrorKind::usage, "not a request of acdr's hook, version 1");
  text.remove_prefix(magic.size());
  const auto line_end = text.find('\n');
  const auto header = text.substr(0, line_end);
  const auto blank = header.find(' ');
  if (line_end == std::string_view::npos || blank == std::string_view::npos)
    return failure(ErrorKind::usage, "the hook's request has no complete first line");
  HookRequest request{.operation = std::string(header.substr(0, blank)),
                      .domain = std::string(header.substr(blank + 1)),
                      .xml = std::string(text.substr(line_end + 1))};
  ACDR_CHECK(check(request));
  return request;
}

std::string encode_hook_reply(std::string_view refusal) {
  if (refusal.empty()) return std::string(ok_reply);
  std::string line(refusal.substr(0, hook_reason_limit));
  std::ranges::replace_if(line, is_control, ' ');
  return fmt::format("{}{}\n", refuse_prefix, line);
}

Result<std::string> parse_hook_reply(std::string_view text) {
  while (text.starts_with(hook_wait)) text.remove_prefix(hook_wait.size());
  if (text == ok_reply) return std::string();
  if (text.starts_with(refuse_prefix) && text.ends_with('\n') && text.size() <= hook_reply_limit) {
    const auto reason = text.substr(refuse_prefix.size(), text.size() - refuse_prefix.size() - 1);
    if (!reason.empty() && std::ranges::none_of(reason, is_control)) return std::string(reason);
  }
  return failure(ErrorKind::usage, "acdrd's reply is neither 'ok' nor 'refuse' with a reason");
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/hwloc_environment.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <system_error>

namespace acdr {
namespace {

std::mutex& environment_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::vector<std::pair<std::string, std::string>> hwloc_variables() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (text.starts_with("HWLOC_") && equals != std::string_view::npos)
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

}  // namespace

HwlocEnvironment::HwlocEnvironment(const std::filesystem::path& root)
    : one_at_a_time_(environment_mutex()), saved_(hwloc_variables()) {
  for (const auto& [name, value] : saved_) ::unsetenv(name.c_str());
  if (is_live_root(root)) return;
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(root, error);
  set("HWLOC_FSROOT", error ? root.string() : absolute.string());
  set("HWLOC_HIDE_ERRORS", "2");  // what is odd in a recording is no news on the reader's stderr
}

HwlocEnvironment::~HwlocEnvironment() {
  for (const auto& name : added_) ::unsetenv(name.c_str());
  for (const auto& [name, value] : saved_) ::setenv(name.c_str(), value.c_str(), 1);
}

void HwlocEnvironment::set(const std::string& name, const std::string& value) {
  ::setenv(name.c_str(), value.c_str(), 1);
  added_.push_back(name);
}

bool is_live_root(const std::filesystem::path& root) {
  std::error_code error;
  return std::filesystem::equivalent(root, "/", error);
}

}  // namespace acdr

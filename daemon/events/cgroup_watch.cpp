// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/cgroup_watch.hpp"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace acdr {
namespace {

constexpr const char* root = "/sys/fs/cgroup";
constexpr const char* machines = "machine.slice";
constexpr const char* services = "system.slice";

std::string full(const std::string& path) {
  return path.empty() ? std::string(root) : fmt::format("{}/{}", root, path);
}
std::string child(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

}  // namespace

Result<std::unique_ptr<CgroupWatch>> CgroupWatch::create(MainLoop& loop, Handler appeared, Handler vanished) {
  std::unique_ptr<CgroupWatch> watch(new CgroupWatch(std::move(appeared), std::move(vanished)));
  watch->inotify_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch->inotify_) return failure(system_error(errno, "watching the cgroups"));
  watch->add("");
  watch->add(machines);
  watch->add(services);
  ACDR_TRY(watch->source_, loop.watch(watch->inotify_.get(), [raw = watch.get()] { raw->dispatch(); }));
  return watch;
}

/// Watches a cgroup and, below machine.slice, what is in it already: it may have been filled before the watch stood.
void CgroupWatch::add(const std::string& path) {
  const int id = ::inotify_add_watch(inotify_.get(), full(path).c_str(), IN_CREATE | IN_DELETE | IN_ONLYDIR);
  if (id < 0) return;
  paths_[id] = path;
  if (!path.starts_with(machines)) return;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(full(path), code))
    if (entry.is_directory(code)) add(child(path, entry.path().filename()));
}

void CgroupWatch::dispatch() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  ssize_t got = 0;
  while ((got = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      handle(event->wd, event->mask, event->len > 0 ? std::string(event->name) : std::string());
      at += sizeof(inotify_event) + event->len;
    }
  }
}

void CgroupWatch::handle(int watch, std::uint32_t mask, const std::string& name) {
  const auto found = paths_.find(watch);
  if (found == paths_.end()) return;
  if ((mask & IN_IGNORED) != 0) {
    paths_.erase(found);
    return;
  }
  if ((mask & IN_ISDIR) == 0) return;
  const std::string path = child(found->second, name);
  if ((mask & IN_DELETE) != 0) return vanished_(path);
  if (path.starts_with(machines)) add(path);
  appeared_(path);
}

}  // namespace acdr

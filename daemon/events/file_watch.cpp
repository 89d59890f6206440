// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace acdr {

Result<std::unique_ptr<FileWatch>> FileWatch::create(MainLoop& loop, Handler written) {
  std::unique_ptr<FileWatch> watch(new FileWatch(std::move(written)));
  watch->inotify_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch->inotify_) return failure(system_error(errno, "watching the files of knobs"));
  ACDR_TRY(watch->source_, loop.watch(watch->inotify_.get(), [raw = watch.get()] { raw->dispatch(); }));
  return watch;
}

void FileWatch::watch(const std::set<std::string>& paths) {
  auto known = watches_.begin();
  const auto forget_those_before = [&](const std::string* path) {
    while (known != watches_.end() && (path == nullptr || known->first < *path)) {
      ::inotify_rm_watch(inotify_.get(), known->second);
      paths_.erase(known->second);
      known = watches_.erase(known);
    }
  };
  for (const auto& path : paths) {
    forget_those_before(&path);
    if (known != watches_.end() && known->first == path) {
      ++known;
      continue;
    }
    const int id = ::inotify_add_watch(inotify_.get(), ("/" + path).c_str(), IN_MODIFY);
    if (id < 0) continue;
    watches_.emplace_hint(known, path, id);
    paths_[id] = path;
  }
  forget_those_before(nullptr);
}

void FileWatch::dispatch() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  std::set<int> written;
  ssize_t got = 0;
  while ((got = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if ((event->mask & IN_MODIFY) != 0) written.insert(event->wd);
      if ((event->mask & IN_IGNORED) != 0) {
        // The file is gone; one of the same name may come again.
        if (const auto path = paths_.find(event->wd); path != paths_.end()) {
          watches_.erase(path->second);
          paths_.erase(path);
        }
      }
      at += sizeof(inotify_event) + event->len;
    }
  }
  for (const int id : written)
    if (const auto path = paths_.find(id); path != paths_.end()) written_(std::string(path->second));
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mailbox.hpp"

#include <sys/eventfd.h>

#include <cerrno>

namespace acdr {

Result<std::shared_ptr<Mailbox>> Mailbox::create() {
  UniqueFd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return failure(system_error(errno, "creating an eventfd"));
  return std::shared_ptr<Mailbox>(new Mailbox(std::move(event)));
}

void Mailbox::post(Letter letter) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(letter));
  // Under the lock: else a drain between the two would leave the eventfd readable with nothing waiting.
  if (waiting_.size() == 1) ::eventfd_write(event_.get(), 1);
}

void Mailbox::drain() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    eventfd_t ignored = 0;
    ::eventfd_read(event_.get(), &ignored);
    letters.swap(waiting_);
  }
  for (const auto& letter : letters) letter();
}

}  // namespace acdr

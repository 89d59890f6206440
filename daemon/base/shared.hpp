// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace acdr {

/// A value of which copies cost nothing: they share it until one of them is edited. For what is large, copied often and
/// hardly ever changed. Each copy is for one thread.
template <class T>
class Shared {
 public:
  Shared() = default;
  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor): it is one

  [[nodiscard]] const T& operator*() const { return value_ ? *value_ : fresh(); }
  [[nodiscard]] const T* operator->() const { return &**this; }
  /// Its own from now on. Valid until the next copy is made.
  [[nodiscard]] T& edit() {
    if (value_.use_count() == 1)
      see_what_others_did();
    else
      value_ = std::make_shared<T>(**this);
    return *value_;
  }
  /// Whether it is a copy of the other, and neither was edited since: equal, without a look at what they hold.
  [[nodiscard]] bool shares_with(const Shared& other) const { return value_ == other.value_; }
  friend bool operator==(const Shared& a, const Shared& b) { return a.value_ == b.value_ || *a == *b; }

 private:
  /// Another thread may just have let go of it.
  void see_what_others_did() const {
#ifdef __SANITIZE_THREAD__  // knows no fences, but that counting up and down is one
    const auto counted = value_;
#else
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
  }
  static const T& fresh() {
    static const T value{};
    return value;
  }
  std::shared_ptr<T> value_;  ///< null as long as it is as it began
};

}  // namespace acdr

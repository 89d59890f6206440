// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace acdr {

/// For what something is done: "cleaner-cores of domain web1". Hundreds of knobs are often set for the same hundreds of
/// claims, so copies share what they hold. For one thread.
class Reasons {
 public:
  Reasons() = default;
  Reasons(std::string reason);  // NOLINT(google-explicit-constructor): one reason is the usual case
  Reasons(const char* reason) : Reasons(std::string(reason)) {}  // NOLINT(google-explicit-constructor)
  /// All of several. Made when it is looked at, for those knobs that are written.
  [[nodiscard]] static Reasons of(const std::vector<const Reasons*>& several);

  Reasons& operator|=(const Reasons& other);
  /// All but these. Made when it is looked at.
  [[nodiscard]] Reasons without(const Reasons& others) const;
  [[nodiscard]] bool empty() const { return reasons_ == nullptr || reasons_->all().empty(); }
  /// In alphabetical order, each once.
  [[nodiscard]] std::vector<std::string> texts() const;
  /// One comma and blank between them; of many, some, and how many more there are.
  [[nodiscard]] const std::string& to_string() const;
  template <class Test>
  [[nodiscard]] bool any_of(const Test& test) const {
    if (reasons_ == nullptr) return false;
    for (const auto& reason : reasons_->all())
      if (test(*reason)) return true;
    return false;
  }
  friend bool operator==(const Reasons& a, const Reasons& b) {
    return a.reasons_ == b.reasons_ || a.texts() == b.texts();
  }

 private:
  [[nodiscard]] std::vector<const std::string*> in_order() const;
  [[nodiscard]] std::string make_text() const;
  /// By address: whoever gives the same reason for many wishes gives the same object.
  using Sorted = std::vector<std::shared_ptr<const std::string>>;
  class Shared {
   public:
    using Parts = std::vector<std::shared_ptr<const Shared>>;
    explicit Shared(Sorted all) : all_(std::move(all)) {}
    explicit Shared(Parts parts, std::shared_ptr<const Shared> less = nullptr)
        : parts_(std::move(parts)), less_(std::move(less)) {}
    [[nodiscard]] const Sorted& all() const;
    mutable std::string text = {};  ///< once it was asked for; there is one for each of thousands of writes

   private:
    void make() const;

    mutable Sorted all_;
    mutable Parts parts_;                         ///< `all_` is yet to be made from these,
    mutable std::shared_ptr<const Shared> less_;  ///< without these
  };
  std::shared_ptr<const Shared> reasons_;
};

}  // namespace acdr

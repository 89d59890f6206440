// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/expansion.hpp"

#include "classes/limits.hpp"
#include "classes/merger.hpp"

#include <algorithm>
#include <utility>

namespace acdr::classes {
namespace {

/// Depth first, each class once. The path holds the includes that led to the class in hand, for the message of a cycle.
class Expander {
 public:
  Expander(const std::map<std::string, BoundClass>& bound, const Library& library, Faults& faults)
      : bound_(bound), library_(library), faults_(faults) {}

  void expand(const std::string& name) {
    if (done_.contains(name)) return;
    path_.push_back({name, {}});
    const BoundClass& bound = bound_.at(name);
    bool complete = bound.complete;
    for (const auto& include : bound.includes) complete = visit(include) && complete;
    done_.emplace(name, merge(name, bound, complete));
    path_.pop_back();
  }

  [[nodiscard]] std::map<std::string, ExpandedClass> take() { return std::move(done_); }

 private:
  struct Step {
    std::string name;
    Origin include;  ///< of the next class on the path
  };

  /// False: the included class is not complete, or is one that leads here, or one too many.
  bool visit(const BoundItem& include) {
    path_.back().include = include.origin;
    const auto start = std::ranges::find(path_, include.name, &Step::name);
    if (start != path_.end()) {
      report_cycle(start, include);
      return false;
    }
    if (path_.size() < max_include_depth) expand(include.name);
    const auto inner = done_.find(include.name);
    if (inner == done_.end() || path_.size() + inner->second.depth > max_include_depth) {
      faults_.add(include.origin, "includes are nested more than {} deep", max_include_depth);
      return false;
    }
    return inner->second.complete;
  }

  void report_cycle(std::vector<Step>::const_iterator start, const BoundItem& include) {
    std::string path;
    for (auto step = start; step != path_.end(); ++step)
      path += fmt::format("'{}' ({}) includes ", step->name, step->include.to_string());
    faults_.add(include.origin, "classes include each other: {}'{}'", path, include.name);
  }

  ExpandedClass merge(const std::string& name, const BoundClass& bound, bool complete) {
    const ClassDocument& document = library_.classes.at(name);
    Merger merger(document, faults_);
    bool included_required = false;
    std::size_t depth = 0;
    for (const auto& include : bound.includes) {
      const auto inner = done_.find(include.name);
      if (inner == done_.end()) continue;  // a cycle
      merger.add_include(include, library_.classes.at(include.name), inner->second);
      depth = std::max(depth, inner->second.depth);
      included_required = included_required || inner->second.required;
    }
    for (const auto& conditioning : bound.conditionings) merger.add_own(conditioning);
    return {.conditionings = merger.merge(complete),
            .required = document.required.value_or(included_required),
            .depth = depth + 1,
            .complete = complete};
  }

  const std::map<std::string, BoundClass>& bound_;
  const Library& library_;
  Faults& faults_;
  std::vector<Step> path_;
  std::map<std::string, ExpandedClass> done_;
};

}  // namespace

std::map<std::string, ExpandedClass> expand_all(const std::map<std::string, BoundClass>& bound, const Library& library,
                                                Faults& faults) {
  Expander expander(bound, library, faults);
  for (const auto& [name, one] : bound) expander.expand(name);
  return expander.take();
}

}  // namespace acdr::classes

// SPDX-License-Identifier: GPL-2.0-or-later
// One walk over the cgroup tree finds cpusets and threads alike: cgroup.threads lists them without a walk over /proc.
// Where the kernel keeps the masks of threads, those that their cpuset carries are not even listed.
#include <algorithm>
#include <charconv>
#include <deque>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

#include "base/printable.hpp"
#include "base/side_work.hpp"
#include "host/kernel_release.hpp"
#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

std::vector<int> parse_tids(std::string_view text) {
  std::vector<int> tids;
  while (!text.empty()) {
    int tid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tid);
    if (error != std::errc{}) break;
    tids.push_back(tid);
    const auto read = static_cast<std::size_t>(end - text.data());
    text.remove_prefix(std::min(read + 1, text.size()));
  }
  return tids;
}

/// What a snapshot had of an area.
struct Earlier {
  std::map<std::string, CgroupState> cgroups;
  std::vector<ThreadState> threads;  ///< each once or twice

  /// Takes it out of the snapshot.
  Earlier(const Area& area, HostSnapshot& snapshot) {
    AreaWalk walk(area);
    for (const auto& root : area.cgroups)
      for (auto at = snapshot.cgroups.lower_bound(root); at != snapshot.cgroups.end() && at->first.starts_with(root);) {
        // "a.scope-b" stands between "a.scope" and "a.scope/c".
        const auto entry = at++;
        if (walk.looks_at(entry->first)) cgroups.insert(snapshot.cgroups.extract(entry));
      }
    for (auto* all : {&snapshot.threads, &snapshot.domain_threads}) {
      std::optional<std::string> cgroup;  // those of one cgroup mostly stand together
      bool looked_at = false;
      const auto stays = [&](const ThreadState& thread) {
        if (cgroup != thread.cgroup) looked_at = walk.looks_at(*(cgroup = thread.cgroup));
        return !looked_at && !area.threads.contains(thread.id.tid);
      };
      const auto taken = std::stable_partition(all->begin(), all->end(), stays);
      std::move(taken, all->end(), std::back_inserter(threads));
      all->erase(taken, all->end());
    }
  }
};

class TreeReader {
 public:
  TreeReader(const HostAccess& host, const std::set<int>& followed, const Area& area, Threads threads,
             HostSnapshot& snapshot)
      : host_(host),
        followed_(followed),
        area_(area),
        all_threads_(threads == Threads::all || !snapshot.keeps_thread_masks),
        snapshot_(snapshot),
        earlier_(area, snapshot) {
    // Who was told of is new, also where another had its number.
    for (const auto& thread : earlier_.threads)
      if (!area.threads.contains(thread.id.tid)) known_threads_.emplace(thread.id.tid, &thread);
    for (const auto* outside : {&snapshot.threads, &snapshot.domain_threads})
      for (const auto& thread : *outside) elsewhere_.insert(thread.id.tid);
  }

  void read() {
    find_settled_that_are_gone();
    for (const auto& cgroup : area_.cgroups) {
      Siblings alone;
      if (cgroup.empty())
        visit(cgroup, snapshot_.topology.online, alone);
      else if (host_.exists(cgroup_file(cgroup, "")))
        visit(cgroup, nearest_effective(host_, std::string(parent_cgroup(cgroup))).value_or(snapshot_.topology.online),
              alone);
    }
    read_those_of_interest();
    for (const int tid : area_.threads) read_single(tid);
    drop_where_they_were();
  }

 private:
  using Cgroup = std::map<std::string, CgroupState>::value_type;
  struct Other {
    int tid;
    Cgroup* cgroup;
    bool has_all = false;  ///< that its cgroup has
  };
  using Listed = std::vector<Other>;

  /// The entries of the folder of a cgroup, sorted; listed once.
  const std::vector<std::string>& entries_of(std::string_view cgroup) {
    auto known = entries_.find(cgroup);
    if (known == entries_.end()) {
      auto entries = host_.list(cgroup_file(cgroup, ""));
      std::ranges::sort(entries);
      known = entries_.emplace(cgroup, std::move(entries)).first;
    }
    return known->second;
  }

  void find_settled_that_are_gone() {
    std::string_view parent;  // hundreds of scopes are in one slice, which is visited later
    const std::vector<std::string>* entries = nullptr;
    for (const auto& scope : *area_.settled) {
      if (entries == nullptr || parent_cgroup(scope) != parent) entries = &entries_of(parent = parent_cgroup(scope));
      const std::size_t name = parent.empty() ? 0 : parent.size() + 1;
      if (!std::ranges::binary_search(*entries, scope.substr(name) + "/")) drop(scope);
    }
  }

  void drop(const std::string& scope) {
    std::erase_if(snapshot_.cgroups, [&](const auto& entry) { return is_within(entry.first, scope); });
    for (auto* threads : {&snapshot_.threads, &snapshot_.domain_threads})
      std::erase_if(*threads, [&](const ThreadState& thread) { return is_within(thread.cgroup, scope); });
    snapshot_.gone.push_back(scope);
  }

  /// A thread that has come into the area from elsewhere, or one with the number of another, is where it is now.
  void drop_where_they_were() {
    const auto was_there = [this](const ThreadState& thread) {
      return moved_.contains(thread.id.tid) && !area_.looks_at(thread.cgroup);
    };
    if (moved_.empty()) return;
    std::erase_if(snapshot_.threads, was_there);
    std::erase_if(snapshot_.domain_threads, was_there);
  }

  /// What the children of one cgroup have in common: its cgroup.subtree_control gives a controller to all or to none.
  struct Siblings {
    bool without_cpusets = false;
  };

  void visit(const std::string& path, const CpuSet& inherited, Siblings& siblings) {
    if (area_.is_settled_scope(path)) return;
    const std::string folder = cgroup_file(path, "");
    Cgroup& cgroup = *snapshot_.cgroups.insert_or_assign(path, read_cgroup(path, inherited, siblings)).first;
    if (looks_at_threads_of(path, cgroup.second.has_cpuset)) list_threads(cgroup);
    const CpuSet& effective = cgroup.second.effective;
    if (const auto known = entries_.find(path); known != entries_.end())
      visit_folders(path, known->second, effective);
    else if (host_.has_folders(folder))
      visit_folders(path, host_.list(folder), effective);
  }

  void visit_folders(const std::string& path, const std::vector<std::string>& entries, const CpuSet& effective) {
    Siblings children;
    for (const auto& entry : entries)
      if (entry.ends_with('/'))
        visit((path.empty() ? "" : path + "/") + entry.substr(0, entry.size() - 1), effective, children);
  }

  [[nodiscard]] CgroupState read_cgroup(const std::string& path, const CpuSet& inherited, Siblings& siblings) const {
    CgroupState state;
    std::optional<std::string> text;
    if (!siblings.without_cpusets) text = read_cpuset(path, siblings);
    const auto cpus = text ? CpuSet::parse_list(*text) : Result<CpuSet>(CpuSet());
    state.has_cpuset = text.has_value();
    state.has_exclusive = has_exclusive(path, state.has_cpuset);
    state.cpus = cpus && !cpus->empty() ? *cpus : snapshot_.topology.possible;
    state.effective = inherited;
    // What has no set of its own has its parent's, unless it can be a partition without one.
    const bool own = path.empty() || state.has_exclusive || (cpus && !cpus->empty());
    if (own) state.effective = read_cpu_list(host_, cgroup_file(path, "cpuset.cpus.effective")).value_or(inherited);
    return state;
  }

  [[nodiscard]] std::optional<std::string> read_cpuset(const std::string& path, Siblings& siblings) const {
    auto text = host_.read(cgroup_file(path, "cpuset.cpus"));
    // Else it has just gone.
    siblings.without_cpusets =
        !text && text.error().kind() == ErrorKind::not_found && host_.exists(cgroup_file(path, ""));
    return text ? std::optional(std::move(*text)) : std::nullopt;
  }

  [[nodiscard]] bool has_exclusive(const std::string& path, bool has_cpuset) const {
    if (const auto earlier = earlier_.cgroups.find(path);
        earlier != earlier_.cgroups.end() && earlier->second.has_cpuset == has_cpuset)
      return earlier->second.has_exclusive;
    return has_cpuset && host_.exists(cgroup_file(path, "cpuset.cpus.exclusive"));
  }

  /// A machine's are looked at in any case: somebody may have pinned them by hand.
  [[nodiscard]] bool looks_at_threads_of(const std::string& path, bool has_cpuset) const {
    if (all_threads_ || path.starts_with("machine.slice/") || is_of_domain(path)) return true;
    return path.empty() || (!has_cpuset && snapshot_.bounding_cgroup(std::string(parent_cgroup(path))).empty());
  }

  /// A cgroup that libvirt makes for vCPUs, the emulator and iothreads.
  static bool is_of_domain(const std::string& path) { return path.find("/libvirt/") != std::string::npos; }

  /// The threads of a cgroup, whatever their masks are.
  struct Kept {
    bool of_domain = false;
    bool in_root = false;
  };

  void list_threads(Cgroup& cgroup) {
    const auto text = host_.read(cgroup_file(cgroup.first, "cgroup.threads"));
    if (!text) return;
    const Kept kept{is_of_domain(cgroup.first), cgroup.first.empty()};
    for (const int tid : parse_tids(*text))
      if (kept.of_domain || kept.in_root || followed_.contains(tid))
        count(cgroup, tid, read_listed(cgroup, kept, tid));
      else
        others_.back().push_back({tid, &cgroup});
    compare_beside_where_many();
  }

  /// Reading a mask takes longer than listing the thread, so both are done at a time.
  void compare_beside_where_many() {
    constexpr std::size_t many = 512;
    if (others_.back().size() < many) return;
    Listed& listed = others_.back();
    side_work_.add([this, &listed] { compare(listed); });
    others_.emplace_back();
  }

  void compare(Listed& listed) const {
    for (auto& [tid, cgroup, has_all] : listed) has_all = host_.has_affinity(tid, cgroup->second.effective);
  }

  /// Most threads of a host are of no interest: they have all that their cgroup has.
  void read_those_of_interest() {
    compare(others_.back());
    side_work_.finish();
    for (const auto& listed : others_)
      for (const auto& [tid, cgroup, has_all] : listed) count(*cgroup, tid, has_all || read_listed(*cgroup, {}, tid));
  }

  void count(Cgroup& cgroup, int tid, bool there) {
    if (!there) return;
    ++cgroup.second.threads;
    if (elsewhere_.contains(tid)) moved_.insert(tid);
  }

  /// Whether it is there.
  bool read_listed(const Cgroup& cgroup, Kept kept, int tid) {
    const auto affinity = host_.affinity(tid);
    if (affinity) keep_where_it_matters(cgroup.first, kept, tid, *affinity, cgroup.second.effective);
    return affinity.has_value();
  }

  /// One that somebody told of.
  void read_single(int tid) {
    const auto cgroup = cgroup_of_thread(host_, tid);
    if (!cgroup || area_.looks_at(*cgroup)) return;
    const auto there = snapshot_.cgroups.find(*cgroup);
    if (there == snapshot_.cgroups.end() || !looks_at_threads_of(*cgroup, there->second.has_cpuset)) return;
    if (const auto affinity = host_.affinity(tid))
      keep_where_it_matters(*cgroup, {is_of_domain(*cgroup), cgroup->empty()}, tid, *affinity, there->second.effective);
  }

  void keep_where_it_matters(const std::string& path, Kept kept, int tid, const CpuSet& affinity,
                             const CpuSet& effective) {
    if (kept.of_domain) keep_thread(path, tid, affinity, snapshot_.domain_threads);
    if (kept.in_root || affinity != effective || followed_.contains(tid))
      keep_thread(path, tid, affinity, snapshot_.threads);
  }

  void keep_thread(const std::string& path, int tid, const CpuSet& affinity, std::vector<ThreadState>& into) const {
    if (const auto known = known_threads_.find(tid);
        known != known_threads_.end() && known->second->cgroup == path && known->second->affinity == affinity) {
      into.push_back(*known->second);
      return;
    }
    auto thread = read_thread(host_, tid);
    if (!thread) return;
    thread->cgroup = path;
    thread->affinity = affinity;
    into.push_back(std::move(*thread));
  }

  const HostAccess& host_;
  const std::set<int>& followed_;
  const Area& area_;
  const bool all_threads_;
  HostSnapshot& snapshot_;
  const Earlier earlier_;
  std::map<std::string, std::vector<std::string>, std::less<>> entries_;  ///< of folders that were listed, sorted
  std::deque<Listed> others_{1};  ///< threads that are of interest only if they have not all that their cgroup has
  std::unordered_map<int, const ThreadState*> known_threads_;
  std::unordered_set<int> elsewhere_;  ///< threads of the snapshot that are outside of the area
  std::set<int> moved_;                ///< of these the ones that are in it
  SideWork side_work_;                 ///< works on `others_`, so it ends first
};

}  // namespace

Result<StatLine> StatLine::parse(std::string_view text) {
  // "pid (comm) state ppid ... flags(9) ... starttime(22)"; comm may hold blanks and parentheses, so go by the last
  // ')'.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return failure(ErrorKind::failed, "'{}' is not a /proc/TID/stat line", printable(text));
  StatLine stat;
  stat.name = text.substr(open + 1, close - open - 1);
  int field = 2;
  for (const auto part : text.substr(close + 1) | std::views::split(' ')) {
    const std::string_view word(part.begin(), part.end());
    if (word.empty()) continue;
    ++field;
    if (field == 9) std::from_chars(word.data(), word.data() + word.size(), stat.flags);
    if (field != 22) continue;
    std::from_chars(word.data(), word.data() + word.size(), stat.start_time);
    return stat;
  }
  return failure(ErrorKind::failed, "the stat line of '{}' is cut short", printable(stat.name));
}

Result<ThreadState> read_thread(const HostAccess& host, int tid) {
  ACDR_TRY(const std::string text, host.read(fmt::format("proc/{}/stat", tid)));
  ACDR_TRY(const StatLine stat, StatLine::parse(text));
  ThreadState thread;
  thread.id = {tid, stat.start_time};
  thread.name = stat.name;
  thread.kernel = stat.kernel();
  thread.movable = !stat.fixed();
  return thread;
}

std::optional<CpuSet> nearest_effective(const HostAccess& host, std::string cgroup) {
  while (true) {
    if (auto cpus = read_cpu_list(host, cgroup_file(cgroup, "cpuset.cpus.effective"))) return cpus;
    if (cgroup.empty()) return std::nullopt;
    cgroup.resize(parent_cgroup(cgroup).size());
  }
}

Result<std::string> cgroup_of_thread(const HostAccess& host, int tid) {
  constexpr std::string_view unified = "0::/";
  ACDR_TRY(const std::string text, host.read(fmt::format("proc/{}/cgroup", tid)));
  for (const auto part : text | std::views::split('\n'))
    if (const std::string_view line(part.begin(), part.end()); line.starts_with(unified))
      return std::string(line.substr(unified.size()));
  return failure(ErrorKind::not_found, "thread {} is in no cgroup of version 2", tid);
}

void read_cgroup_version(const HostAccess& host, HostSnapshot& snapshot) {
  snapshot.cgroup_v2 = host.exists(cgroup_file("", "cgroup.controllers"));
  snapshot.cgroup_v1 = !snapshot.cgroup_v2 && !host.list(std::string(cgroup_root)).empty();
}

void read_rules_of_threads(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  constexpr KernelRelease keeps_masks{6, 2};
  if (earlier != nullptr) {
    snapshot.keeps_thread_masks = earlier->keeps_thread_masks;
  } else if (const auto text = host.read("proc/sys/kernel/osrelease")) {
    const auto release = KernelRelease::parse(*text);
    snapshot.keeps_thread_masks = release && *release >= keeps_masks;
  }
}

void read_cgroups_and_threads(const HostAccess& host, const std::set<int>& followed, const Area& area, Threads threads,
                              HostSnapshot& snapshot) {
  if (snapshot.cgroup_v2) TreeReader(host, followed, area, threads, snapshot).read();
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
// One walk over the cgroup tree finds cpusets and threads alike: cgroup.threads lists them without a walk over /proc.
#include <algorithm>
#include <charconv>
#include <ranges>
#include <unordered_map>

#include "base/printable.hpp"
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

class TreeReader {
 public:
  TreeReader(const HostAccess& host, const std::set<int>& followed, const Known& known, HostSnapshot& snapshot)
      : host_(host), followed_(followed), known_(known), snapshot_(snapshot) {
    if (known.earlier == nullptr) return;
    for (const auto* threads : {&known.earlier->threads, &known.earlier->domain_threads})
      for (const auto& thread : *threads) known_threads_.emplace(thread.id.tid, &thread);
  }

  void visit(const std::string& path, const CpuSet& inherited) {
    if (known_.earlier != nullptr && known_.settled.contains(path) && known_.earlier->cgroups.contains(path))
      return keep(path);
    const std::string folder = cgroup_file(path, "");
    CgroupState state = read_cgroup(path, inherited);
    read_threads(path, state);
    const CpuSet& effective = snapshot_.cgroups.emplace(path, std::move(state)).first->second.effective;
    if (!host_.has_folders(folder)) return;
    for (const auto& entry : host_.list(folder))
      if (entry.ends_with('/')) visit((path.empty() ? "" : path + "/") + entry.substr(0, entry.size() - 1), effective);
  }

  void keep_settled_threads() {
    if (kept_.empty()) return;
    const auto keep_those = [this](const std::vector<ThreadState>& earlier, std::vector<ThreadState>& into) {
      for (const auto& thread : earlier)
        if (is_kept(thread.cgroup)) into.push_back(thread);
    };
    keep_those(known_.earlier->threads, snapshot_.threads);
    keep_those(known_.earlier->domain_threads, snapshot_.domain_threads);
  }

 private:
  /// As it was, with all below; its threads follow in keep_settled_threads().
  void keep(const std::string& path) {
    kept_.insert(path);
    const auto& earlier = known_.earlier->cgroups;
    for (auto at = earlier.find(path); at != earlier.end() && at->first.starts_with(path); ++at) {
      if (!is_within(at->first, path)) continue;  // "a.scope-b" stands between "a.scope" and "a.scope/c"
      snapshot_.cgroups.emplace(*at);
      snapshot_.thread_count += at->second.threads;
    }
  }

  [[nodiscard]] bool is_kept(const std::string& cgroup) const {
    for (std::string path = cgroup; !path.empty(); path = parent_cgroup(path))
      if (kept_.contains(path)) return true;
    return false;
  }

  [[nodiscard]] CgroupState read_cgroup(const std::string& path, const CpuSet& inherited) const {
    CgroupState state;
    const auto text = host_.read(cgroup_file(path, "cpuset.cpus"));
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

  [[nodiscard]] bool has_exclusive(const std::string& path, bool has_cpuset) const {
    if (known_.earlier != nullptr)
      if (const auto earlier = known_.earlier->cgroups.find(path);
          earlier != known_.earlier->cgroups.end() && earlier->second.has_cpuset == has_cpuset)
        return earlier->second.has_exclusive;
    return has_cpuset && host_.exists(cgroup_file(path, "cpuset.cpus.exclusive"));
  }

  void read_threads(const std::string& path, CgroupState& state) {
    const auto text = host_.read(cgroup_file(path, "cgroup.threads"));
    if (!text) return;
    for (const int tid : parse_tids(*text)) {
      const auto affinity = host_.affinity(tid);
      if (!affinity) continue;
      ++snapshot_.thread_count;
      ++state.threads;
      if (path.find("/libvirt/") != std::string::npos) keep_thread(path, tid, *affinity, snapshot_.domain_threads);
      if (path.empty() || *affinity != state.effective || followed_.contains(tid))
        keep_thread(path, tid, *affinity, snapshot_.threads);
    }
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
  const Known& known_;
  std::unordered_map<int, const ThreadState*> known_threads_;
  std::set<std::string> kept_;
  HostSnapshot& snapshot_;
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

void read_cgroups_and_threads(const HostAccess& host, const std::set<int>& followed, const Known& known,
                              HostSnapshot& snapshot) {
  snapshot.cgroup_v2 = host.exists(cgroup_file("", "cgroup.controllers"));
  snapshot.cgroup_v1 = !snapshot.cgroup_v2 && !host.list(std::string(cgroup_root)).empty();
  if (snapshot.cgroup_v2) {
    TreeReader reader(host, followed, known, snapshot);
    reader.visit("", snapshot.topology.online);
    reader.keep_settled_threads();
  }
}

}  // namespace acdr

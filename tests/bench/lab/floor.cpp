// SPDX-License-Identifier: GPL-2.0-or-later
// floor: clears CPUs of a host with only the system calls that nobody can avoid, and gives them back. The measure for
// everything else (docs/performance.md): no plan, no ledger, no look at what came of it, and nothing is read twice.
//
//   floor cpuset|kept|affinity CPUS OTHERS ROUNDS
//
//   cpuset     one write to each top-level cgroup carries its threads; masks are set only for kernel threads and other
//              threads of the root cgroup
//   kept       the same without a list of the threads that cpusets carry, nor their masks: for Linux 6.2 and later
//   affinity   no cpuset is written; sched_setaffinity for every thread
//
// The kernel up to 6.1 replaces masks of their own when a cpuset is written, so who does not know them cannot give them
// back; since 6.2 it gives them back itself. Prints a line for each step and round:
//   clear|restore TOTAL LIST MASKS CPUSETS THREADS IRQS    in microseconds
// and on standard error how many threads and interrupts it set.
//
//   g++ -O2 -std=c++20 -static -o floor floor.cpp
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int most_cpus = 1024;
using Mask = std::array<unsigned long, most_cpus / (8 * sizeof(unsigned long))>;
using Clock = std::chrono::steady_clock;

Mask parse(const char* text) {  // the kernel's list form
  Mask mask{};
  while (*text >= '0' && *text <= '9') {
    char* end = nullptr;
    const long first = std::strtol(text, &end, 10);
    const long last = *end == '-' ? std::strtol(end + 1, &end, 10) : first;
    for (long cpu = first; cpu <= last && cpu < most_cpus; ++cpu) mask[cpu / 64] |= 1UL << (cpu % 64);
    text = *end == ',' ? end + 1 : end;
  }
  return mask;
}

bool overlap(const Mask& a, const Mask& b) {
  for (std::size_t word = 0; word < a.size(); ++word)
    if ((a[word] & b[word]) != 0) return true;
  return false;
}

std::string slurp(const char* path) {
  std::string text;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  std::array<char, 65536> part;
  for (ssize_t got = 0; (got = read(fd, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  close(fd);
  return text;
}

bool put(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return done;
}

std::vector<std::string> folders(const std::string& path) {
  std::vector<std::string> names;
  DIR* const directory = opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* const entry = readdir(directory))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  closedir(directory);
  return names;
}

struct Thread {
  int tid;
  bool root;  // no cpuset reaches it
  Mask mask;
};
struct Setting {
  std::string path, before;
};
struct Host {
  std::vector<Thread> threads;
  std::vector<Setting> cpusets, queues, irqs;
};

void list_threads(const std::string& cgroup, bool root, bool carried_too, Host& host) {
  const std::string text = slurp((cgroup + "/cgroup.threads").c_str());
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const long tid = std::strtol(at, &end, 10);
    if (end == at) break;
    host.threads.push_back({static_cast<int>(tid), root, {}});
    at = *end == '\n' ? end + 1 : end;
  }
  for (const auto& name : carried_too ? folders(cgroup) : std::vector<std::string>())
    list_threads(cgroup + '/' + name, false, true, host);
}

class Stopwatch {
 public:
  long lap() {
    const auto now = Clock::now();
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - at_).count();
    at_ = now;
    return passed;
  }

 private:
  Clock::time_point at_ = Clock::now();
};

const std::string cgroups = "/sys/fs/cgroup";

struct Times {
  long list = 0, masks = 0, cpusets = 0, threads = 0, irqs = 0;
  void print(const char* step) const {
    std::printf("%s %ld %ld %ld %ld %ld %ld\n", step, list + masks + cpusets + threads + irqs, list, masks, cpusets,
                threads, irqs);
  }
};

void keep(const std::string& path, std::vector<Setting>& into) {
  std::string before = slurp(path.c_str());
  if (before == "\n") before.clear();
  into.push_back({path, before});
}

bool set(int tid, const Mask& mask) {
  return sched_setaffinity(tid, sizeof mask, reinterpret_cast<const cpu_set_t*>(mask.data())) == 0;
}

Times clear(Host& host, bool cpuset, bool carried_too, const Mask& cores, const char* others) {
  const Mask other_mask = parse(others);
  Times times;
  Stopwatch watch;
  list_threads(cgroups, true, carried_too, host);
  times.list = watch.lap();
  for (auto& thread : host.threads)
    if (sched_getaffinity(thread.tid, sizeof thread.mask, reinterpret_cast<cpu_set_t*>(thread.mask.data())) != 0)
      thread.tid = -1;
  times.masks = watch.lap();
  if (cpuset)
    for (const auto& name : folders(cgroups)) {
      const std::string path = cgroups + '/' + name + "/cpuset.cpus";
      if (access(path.c_str(), W_OK) != 0) continue;
      keep(path, host.cpusets);
      put(path.c_str(), others);
    }
  times.cpusets = watch.lap();
  const char* unbound_work = "/sys/devices/virtual/workqueue/cpumask";  // other masks there are bounded by it
  keep(unbound_work, host.queues);
  char text[20];
  std::snprintf(text, sizeof text, "%lx", other_mask[0]);  // enough for 64 CPUs
  put(unbound_work, text);
  long moved = 0;
  for (const auto& thread : host.threads)
    if (thread.tid > 0 && (thread.root || !cpuset) && overlap(thread.mask, cores))
      moved += set(thread.tid, other_mask) ? 1 : 0;
  times.threads = watch.lap();
  long irqs = 0;
  for (const auto& irq : folders("/proc/irq")) {
    const std::string path = "/proc/irq/" + irq + "/smp_affinity_list";
    std::string before = slurp(path.c_str());
    if (!overlap(parse(before.c_str()), cores) || !put(path.c_str(), others)) continue;
    host.irqs.push_back({path, std::move(before)});
    ++irqs;
  }
  times.irqs = watch.lap();
  std::fprintf(stderr, "%zu threads, %ld set; %ld interrupts set\n", host.threads.size(), moved, irqs);
  return times;
}

Times restore(const Host& host, bool cpuset, const Mask& cores) {
  Times times;
  Stopwatch watch;
  for (const auto& cgroup :
       host.cpusets)  // an empty one cannot be had again while it is populated; this means the same
    put(cgroup.path.c_str(), cgroup.before.empty() ? slurp("/sys/fs/cgroup/cpuset.cpus.effective") : cgroup.before);
  times.cpusets = watch.lap();
  for (const auto& queue : host.queues) put(queue.path.c_str(), queue.before);
  // After a cpuset was widened, threads that had a mask of their own need it again.
  Mask all{};
  if (cpuset) all = parse(slurp("/sys/fs/cgroup/cpuset.cpus.effective").c_str());
  for (const auto& thread : host.threads) {
    if (thread.tid <= 0) continue;
    const bool touched = thread.root || !cpuset ? overlap(thread.mask, cores) : thread.mask != all;
    if (touched) set(thread.tid, thread.mask);
  }
  times.threads = watch.lap();
  for (const auto& irq : host.irqs) put(irq.path.c_str(), irq.before);
  times.irqs = watch.lap();
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: floor cpuset|kept|affinity CPUS OTHERS ROUNDS\n", stderr);
    return 2;
  }
  const bool kept = std::strcmp(argv[1], "kept") == 0;
  const bool cpuset = kept || std::strcmp(argv[1], "cpuset") == 0;
  const Mask cores = parse(argv[2]);
  for (int round = 0; round < std::atoi(argv[4]); ++round) {
    Host host;
    clear(host, cpuset, !kept, cores, argv[3]).print("clear");
    restore(host, cpuset, cores).print("restore");
  }
}

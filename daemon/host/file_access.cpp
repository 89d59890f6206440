// SPDX-License-Identifier: GPL-2.0-or-later
// The two real hosts: the live machine and a recorded one. Both go through one root descriptor.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/unique_fd.hpp"
#include "host/access.hpp"
#include "host/flow_rules.hpp"
#include "host/module_loading.hpp"

namespace acdr {
namespace {

Error access_error(int number, std::string_view doing) {
  const Error error = system_error(number, doing);
  if (number != ENOENT && number != ESRCH && number != ENODEV) return error;
  return Error(ErrorKind::not_found, error.what()).with_errno(number);
}

/// Kernel files answer with as many whole records as a page holds (seq_read_iter in fs/seq_file.c): most are far
/// smaller, cgroup.threads of a large slice is not. None has records of half a page, so less than that is the end, and
/// asking once more would be one in three of all system calls.
Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  constexpr ssize_t half_page = 2048;
  std::array<char, 16384> buffer;  // thousands of files are read a pass, hardly any as long as this
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(access_error(errno, fmt::format("reading /{}", path)));
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got < half_page) return text;
  }
}

class FileAccess : public HostAccess {
 public:
  FileAccess(const std::filesystem::path& root, bool confined)
      : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), confined_(confined) {}

  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    const UniqueFd fd = open(path, O_RDONLY);
    if (!fd) return failure(access_error(errno, fmt::format("opening /{}", path)));
    return read_all(fd.get(), path);
  }

  [[nodiscard]] Status write(const std::string& path, std::string_view text) override {
    const UniqueFd fd = open(path, O_WRONLY);
    if (!fd) return failure(access_error(errno, fmt::format("opening /{} for writing", path)));
    if (::write(fd.get(), text.data(), text.size()) >= 0) return {};
    const auto shown = text.substr(0, text.find('\n'));
    return failure(access_error(errno, fmt::format("writing '{}' to /{}", shown, path)));
  }

  [[nodiscard]] std::vector<std::string> list(const std::string& path) const override {
    std::vector<std::string> names;
    const UniqueFd fd = open(path, O_RDONLY | O_DIRECTORY);
    alignas(dirent64) std::array<char, 16384> buffer;
    // fdopendir(3) asks four things of the descriptor that are known here.
    for (ssize_t got = 0; fd && (got = ::getdents64(fd.get(), buffer.data(), buffer.size())) > 0;) {
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        at += entry->d_reclen;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        names.push_back(entry->d_type == DT_DIR ? std::string(name) + "/" : std::string(name));
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] bool has_folders(const std::string& path) const override {
    constexpr nlink_t without_folders = 2;  // itself, as "." and in its parent
    struct stat status {};
    const bool known = confined_ ? ::fstat(open(path, O_PATH).get(), &status) == 0
                                 : ::fstatat(root_.get(), path.c_str(), &status, 0) == 0;
    return known && status.st_nlink != without_folders;
  }

  [[nodiscard]] bool exists(const std::string& path) const override { return static_cast<bool>(open(path, O_PATH)); }

  [[nodiscard]] std::string link_name(const std::string& path) const override {
    const UniqueFd fd = open(path, O_PATH | O_NOFOLLOW);
    std::array<char, 4096> target{};
    const ssize_t length = fd ? ::readlinkat(fd.get(), "", target.data(), target.size()) : -1;
    if (length <= 0) return {};
    const std::string_view text(target.data(), static_cast<std::size_t>(length));
    return std::string(text.substr(text.find_last_of('/') + 1));
  }

  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override {
    const UniqueFd fd = open(irq_file(irq), O_PATH);
    struct stat status {};
    return fd && ::fstat(fd.get(), &status) == 0 && (status.st_mode & 0222U) == 0;
  }

 protected:
  [[nodiscard]] static std::string irq_file(unsigned irq) { return fmt::format("proc/irq/{}/smp_affinity_list", irq); }

  [[nodiscard]] UniqueFd open(const std::string& path, int flags) const {
    if (!root_) {
      errno = ENOENT;
      return UniqueFd();
    }
    if (!confined_) return UniqueFd(::openat(root_.get(), path.c_str(), flags | O_CLOEXEC));
    // A recorded root may hold absolute links; they must resolve inside it, never on the live machine.
    open_how how{};
    how.flags = static_cast<__u64>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how)));
  }

 private:
  UniqueFd root_;
  bool confined_;
};

/// A cpu_set_t large enough for CpuSet::limit CPUs.
struct KernelMask {
  static constexpr std::size_t bytes = CpuSet::limit / 8;
  std::array<std::uint64_t, CpuSet::limit / 64> words;
};

/// As much of it as the kernel has filled, none where it says why in errno. A mask of all CPUs there might be is a page
/// to clear and to read.
std::span<const std::uint64_t> read_mask(int tid, KernelMask& mask) {
  const long length = ::syscall(SYS_sched_getaffinity, tid, KernelMask::bytes, mask.words.data());
  return std::span(mask.words).first(length < 0 ? 0 : static_cast<std::size_t>(length) / sizeof(std::uint64_t));
}

/// struct sched_attr up to SCHED_ATTR_SIZE_VER0 (include/uapi/linux/sched/types.h), which glibc does not declare here.
struct KernelScheduling {
  std::uint32_t size = sizeof(KernelScheduling);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
constexpr std::uint64_t reset_on_fork_flag = 1;

/// irqbalance wants SCM_CREDENTIALS with each message (its ui.c reads them).
Status send_with_credentials(int fd, std::string_view command) {
  iovec data{const_cast<char*>(command.data()), command.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_CREDENTIALS;
  header->cmsg_len = CMSG_LEN(sizeof(ucred));
  const ucred credentials{::getpid(), ::getuid(), ::getgid()};
  std::memcpy(CMSG_DATA(header), &credentials, sizeof credentials);
  if (::sendmsg(fd, &message, MSG_NOSIGNAL) >= 0) return {};
  return failure(system_error(errno, "talking to irqbalance"));
}

/// Closing the descriptor gives the lock up.
class DirectoryLock final : public HostLock {
 public:
  explicit DirectoryLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

class LiveAccess final : public FileAccess {
 public:
  explicit LiveAccess(std::function<void()> slow) : FileAccess("/", false), slow_(std::move(slow)) {}

  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override {
    if (FileAccess::irq_is_fixed(irq)) return true;
    constexpr std::string_view unparsable = "?";
    const UniqueFd fd = open(irq_file(irq), O_WRONLY);
    return fd && ::write(fd.get(), unparsable.data(), unparsable.size()) < 0 && errno != EINVAL;
  }

  [[nodiscard]] Result<CpuSet> affinity(int tid) const override {
    KernelMask mask;
    const auto words = read_mask(tid, mask);
    if (words.empty()) return failure(access_error(errno, fmt::format("reading the affinity of thread {}", tid)));
    return CpuSet::of_words(words);
  }
  [[nodiscard]] bool has_affinity(int tid, const CpuSet& cpus) const override {
    KernelMask mask;
    const auto words = read_mask(tid, mask);
    return !words.empty() && cpus.is_of_words(words);
  }

  [[nodiscard]] Status set_affinity(int tid, const CpuSet& cpus) override {
    KernelMask mask{};
    for (const unsigned cpu : cpus) mask.words[cpu / 64] |= std::uint64_t{1} << (cpu % 64);
    if (::syscall(SYS_sched_setaffinity, tid, KernelMask::bytes, mask.words.data()) == 0) return {};
    return failure(access_error(errno, fmt::format("setting the affinity of thread {} to {}", tid, cpus)));
  }

  [[nodiscard]] Result<Scheduling> scheduling(int tid) const override {
    KernelScheduling kernel;
    if (::syscall(SYS_sched_getattr, tid, &kernel, sizeof kernel, 0) != 0)
      return failure(access_error(errno, fmt::format("reading the scheduling of thread {}", tid)));
    return Scheduling{kernel.policy, (kernel.flags & reset_on_fork_flag) != 0, kernel.nice, kernel.priority,
                      std::chrono::nanoseconds(own_slice(kernel))};
  }

  [[nodiscard]] bool has_task_slices() const override {
    KernelScheduling mine;
    return ::syscall(SYS_sched_getattr, 0, &mine, sizeof mine, 0) == 0 && mine.runtime != 0;
  }

  [[nodiscard]] Status set_scheduling(int tid, const Scheduling& scheduling) override {
    KernelScheduling kernel;
    kernel.policy = scheduling.policy;
    kernel.flags = scheduling.reset_on_fork ? reset_on_fork_flag : 0;
    kernel.nice = scheduling.nice;
    kernel.priority = scheduling.priority;
    kernel.runtime = static_cast<std::uint64_t>(scheduling.slice.count());
    if (::syscall(SYS_sched_setattr, tid, &kernel, 0) == 0) return {};
    return failure(
        access_error(errno, fmt::format("setting the scheduling of thread {} to {}", tid, scheduling.to_string())));
  }

  [[nodiscard]] Status make_directory(const std::string& path) override {
    if (::mkdir(("/" + path).c_str(), 0755) == 0) return {};
    return failure(access_error(errno, fmt::format("making /{}", path)));
  }

  [[nodiscard]] Status remove_directory(const std::string& path) override {
    if (::rmdir(("/" + path).c_str()) == 0) return {};
    return failure(access_error(errno, fmt::format("removing /{}", path)));
  }

  [[nodiscard]] Result<std::unique_ptr<HostLock>> lock_directory(const std::string& path) override {
    UniqueFd fd = open(path, O_RDONLY | O_DIRECTORY);
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
      return failure(access_error(errno, fmt::format("locking /{}", path)));
    return std::make_unique<DirectoryLock>(std::move(fd));
  }

  [[nodiscard]] Result<std::vector<FlowRule>> flow_rules(const std::string& interface) const override {
    return flow_rules_.list(interface);
  }
  [[nodiscard]] Status add_flow_rule(const std::string& interface, const FlowRule& rule) override {
    return flow_rules_.add(interface, rule);
  }
  [[nodiscard]] Status remove_flow_rule(const std::string& interface, unsigned location) override {
    return flow_rules_.remove(interface, location);
  }
  [[nodiscard]] Result<bool> flow_steering(const std::string& interface) const override {
    return flow_rules_.count(interface);
  }
  [[nodiscard]] Status set_flow_steering(const std::string& interface, bool on) override {
    return flow_rules_.make_count(interface, on);
  }

  [[nodiscard]] Status reload_module(const std::string& module, const std::string& parameter,
                                     const std::string& value) override {
    if (slow_) slow_();
    return load_module_anew(module, parameter, value);
  }

  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& socket, std::string_view command) override {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/" + socket;
    if (!fd || path.size() >= sizeof address.sun_path) return failure(system_error(errno, "opening a socket"));
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    // irqbalance serves this between its own rounds; it must never hold up the daemon.
    const timeval patience{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return failure(access_error(errno, "connecting to irqbalance at " + path));
    ACDR_CHECK(send_with_credentials(fd.get(), command));
    if (command.starts_with("settings")) return std::string();
    return read_all(fd.get(), socket);
  }

  [[nodiscard]] bool live() const override { return true; }

 private:
  /// From 6.12 on the kernel tells a fair thread's slice; where the thread has none of its own that is base_slice_ns,
  /// so what a thread of ours without one has is taken for "none".
  [[nodiscard]] std::uint64_t own_slice(const KernelScheduling& kernel) const {
    if (kernel.policy != SCHED_OTHER && kernel.policy != SCHED_BATCH) return 0;
    KernelScheduling mine;
    if (::syscall(SYS_sched_getattr, 0, &mine, sizeof mine, 0) != 0) return kernel.runtime;
    return kernel.runtime == mine.runtime ? 0 : kernel.runtime;
  }

  std::function<void()> slow_;
  FlowRules flow_rules_{kernel_ethtool};
};

class RecordedAccess final : public FileAccess {
 public:
  explicit RecordedAccess(const std::filesystem::path& root) : FileAccess(root, true) {}

  [[nodiscard]] Status write(const std::string& path, std::string_view) override {
    return failure(system_error(EROFS, fmt::format("writing /{} of a recorded machine", path)));
  }
  [[nodiscard]] Result<CpuSet> affinity(int tid) const override { return allowed_cpus(*this, tid); }
  [[nodiscard]] Status set_affinity(int tid, const CpuSet&) override {
    return failure(system_error(EROFS, fmt::format("setting the affinity of thread {} of a recorded machine", tid)));
  }
  [[nodiscard]] Result<Scheduling> scheduling(int tid) const override {
    return failure(Error(ErrorKind::not_found, fmt::format("how thread {} is scheduled was not recorded", tid)));
  }
  [[nodiscard]] bool has_task_slices() const override { return false; }
  [[nodiscard]] Status set_scheduling(int tid, const Scheduling&) override {
    return failure(system_error(EROFS, fmt::format("scheduling thread {} of a recorded machine", tid)));
  }
  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& socket, std::string_view) override {
    return failure(system_error(ENOENT, "connecting to irqbalance at /" + socket));
  }
  [[nodiscard]] bool live() const override { return false; }
};

}  // namespace

std::unique_ptr<HostAccess> live_access(std::function<void()> slow) {
  return std::make_unique<LiveAccess>(std::move(slow));
}
std::unique_ptr<HostAccess> recorded_access(const std::filesystem::path& root) {
  return std::make_unique<RecordedAccess>(root);
}

}  // namespace acdr

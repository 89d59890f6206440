// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/gather/gather.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/unique_fd.hpp"
#include "ctl/daemon.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/gather/recorder.hpp"
#include "ctl/local.hpp"
#include "ctl/program.hpp"
#include "engine/report.hpp"
#include "host/hwloc_environment.hpp"
#include "plugins/registry.hpp"

namespace acdr::ctl {
namespace {

namespace fs = std::filesystem;
using LeftOut = std::vector<std::string>;

/// What an admin writes into the configuration is smaller.
constexpr std::size_t largest_file = 64 * 1024;

/// What says nothing of the machine's shape, or would wake CPUs to be read.
bool is_of_no_use(const std::string& name) {
  static const std::set<std::string> names{"power",   "cpuidle",       "thermal_throttle", "microcode",
                                           "hotplug", "crash_hotplug", "cpuinfo_cur_freq", "scaling_cur_freq",
                                           "stats",   "uevent",        "crash_notes",      "vmstat",
                                           "compact", "feedback_ctrs"};
  return names.contains(name);
}

/// A link within the tree, as that of each CPU to its frequency policy; others would only dangle.
void record_link(const fs::path& root, const fs::path& tree, const fs::path& link, const fs::path& target) {
  std::error_code code;
  const fs::path to = fs::read_symlink(root / link, code);
  const fs::path there = (link.parent_path() / to).lexically_normal();
  if (code || to.is_absolute() || !there.string().starts_with(tree.string() + "/")) return;
  fs::create_directories(target / link.parent_path(), code);
  fs::create_symlink(to, target / link, code);
}

/// hwloc reads these by itself, so nothing shows which files it needs.
void record_tree(const Recorder& recorder, const Recording& recording, const fs::path& tree) {
  std::error_code code;
  fs::recursive_directory_iterator entry(recording.root / tree, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    const fs::path path = entry->path().lexically_relative(recording.root);
    if (is_of_no_use(path.filename().string())) {
      entry.disable_recursion_pending();
    } else if (entry->is_symlink(code)) {
      record_link(recording.root, tree, path, recording.target);
    } else if (entry->is_regular_file(code) &&
               (entry->status(code).permissions() & fs::perms::owner_read) != fs::perms::none) {
      (void)recorder.read(path.string());
    }
  }
}

void record_files_of(const Recorder& recorder, const std::string& folder) {
  for (const auto& entry : recorder.list(folder))
    if (!entry.ends_with('/')) (void)recorder.read(folder + "/" + entry);
}

/// Mounts by type: the places of others' file systems are no concern of a bug report.
void record_mounts(const HostAccess& host, const Recorder& recorder) {
  std::istringstream lines(host.read("proc/mounts").value_or(""));
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    for (const char* type : {" cgroup ", " cgroup2 ", " hugetlbfs ", " resctrl "})
      if (line.find(type) != std::string::npos) kept += line + '\n';
  recorder.put("proc/mounts", kept);
}

void record_machine(const HostAccess& host, const Recorder& recorder, const Recording& recording) {
  for (const char* file : {"proc/cpuinfo", "proc/meminfo", "proc/stat", "proc/version", "proc/interrupts",
                           "proc/sys/kernel/osrelease", "proc/cmdline", "etc/os-release"})
    (void)recorder.read(file);
  for (const char* tree : {"sys/devices/system/cpu", "sys/devices/system/node"}) record_tree(recorder, recording, tree);
  record_mounts(host, recorder);
  for (const char* folder : {"sys/kernel/mm/ksm", "sys/kernel/mm/transparent_hugepage", "sys/fs/resctrl",
                             "sys/fs/resctrl/info/L3", "sys/fs/resctrl/info/MB"})
    record_files_of(recorder, folder);
  for (const auto& device : recorder.list("sys/bus/pci/devices"))
    (void)recorder.read("sys/bus/pci/devices/" + device.substr(0, device.find('/')) + "/numa_node");
}

/// Every class is planned for the host once, so that the knobs which any of them looks at are there.
Status record_knobs(Recorder& recorder, const Topology& topology, LeftOut& left_out) {
  auto catalogue = load_classes();
  if (!catalogue) {
    left_out.push_back("what the classes look at: " + catalogue.error().message());
    return {};
  }
  ACDR_TRY(Ledger ledger, Ledger::open(":memory:", ""));
  const auto classes = catalogue->list();
  const PluginRegistry plugins = all_plugins();
  const Engine engine({recorder, topology, plugins, std::move(*catalogue), std::move(ledger), {}, {}});
  // A class that needs parameters, or cannot be met here, reads what it can.
  for (const auto& each : classes) (void)engine.plan(each.name, {}, nullptr);
  return {};
}

/// By SQLite, which knows how to copy a database that is being written.
void record_ledger(const Recording& recording, LeftOut& left_out) {
  const fs::path ledger = recording.run / "ledger.db";
  std::error_code code;
  if (!fs::exists(ledger, code)) return left_out.push_back("the ledger: there is none");
  try {
    fs::create_directories(recording.target / "acdr", code);
    constexpr int patience_ms = 2000;
    const SQLite::Database database(ledger.string(), SQLite::OPEN_READONLY, patience_ms);
    SQLite::Statement copy(database, "VACUUM INTO ?");
    copy.bind(1, (recording.target / "acdr/ledger.db").string());
    copy.exec();
  } catch (const SQLite::Exception& error) {
    left_out.push_back(fmt::format("the ledger: {}; run it as root", error.what()));
  }
}

void record_configuration(const Recorder& recorder, const Recording& recording) {
  for (const char* folder : {"", "classes.d", "permanent.d"}) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(recording.configuration / folder, code)) {
      if (!entry.is_regular_file(code) || entry.file_size(code) > largest_file) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      recorder.put((fs::path("acdr/configuration") / folder / entry.path().filename()).string(), text.str());
    }
  }
}

/// Only where it runs already: a call would start it, and a bug report should not change what it tells of.
void record_daemon(const Recorder& recorder, bool runs, LeftOut& left_out) {
  if (!runs) return left_out.push_back("status and log: acdrd does not run");
  auto daemon = Daemon::connect();
  if (!daemon) return left_out.push_back("status and log: " + daemon.error().message());
  constexpr std::uint32_t whole_log = 4096;
  const auto keep = [&](const char* file, const Result<std::string>& answer) {
    if (answer) return recorder.put(file, *answer + '\n');
    left_out.push_back(fmt::format("{}: {}", file, answer.error().message()));
  };
  keep("acdr/status.json", daemon->ask("Status", std::string()));
  keep("acdr/verify.json", daemon->ask("Verify", std::string()));
  keep("acdr/classes.json", daemon->ask("ListClasses"));
  keep("acdr/log.json", daemon->ask("Log", whole_log));
}

}  // namespace

Result<LeftOut> record_host(const Recording& recording) {
  const bool live = is_live_root(recording.root);
  const auto host = live ? live_access() : recorded_access(recording.root);
  Recorder recorder(*host, recording.target);
  LeftOut left_out;
  record_machine(*host, recorder, recording);
  ACDR_TRY(const Topology topology, read_topology(recording.root));
  const HostFacts facts = read_facts(recorder, topology);
  ACDR_CHECK(record_knobs(recorder, topology, left_out));
  record_ledger(recording, left_out);
  record_configuration(recorder, recording);
  record_daemon(recorder, live && facts.processes.contains("acdrd"), left_out);
  recorder.put("acdr/doctor.json", json_text(doctor_report(examine(facts))) + '\n');
  recorder.put("acdr/version", "acdrctl " ACDR_VERSION "\n");
  if (!facts.root) left_out.push_back("which interrupts cannot be moved: only root can see that");
  ACDR_CHECK(recorder.fault());
  return left_out;
}

Status check_archive(const fs::path& archive) {
  const std::string file = archive.string();
  constexpr std::array suffixes{".tar.gz", ".tar.zst", ".tar"};
  if (std::ranges::none_of(suffixes, [&](const char* suffix) { return file.ends_with(suffix); }))
    return failure(ErrorKind::usage, "{} does not end in .tar.gz, .tar.zst or .tar", file);
  std::error_code code;
  if (!fs::exists(fs::symlink_status(archive, code))) return {};
  return failure(Error(ErrorKind::failed, file + " is there already", "name another file"));
}

Status pack(const fs::path& folder, const std::string& name, const fs::path& archive) {
  ACDR_CHECK(check_archive(archive));
  const std::string file = archive.string();
  // It is nobody else's business how this host is made; tar keeps the mode of a file that is there.
  constexpr mode_t for_owner_only = 0600;
  const UniqueFd created(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_owner_only));
  if (!created) return failure(system_error(errno, "creating " + file));
  const auto code = run_program({"tar", "--create", "--auto-compress", "--file", fs::absolute(file).string(),
                                 "--directory", folder.string(), "--owner=0", "--group=0", name});
  if (code && *code == 0) return {};
  std::error_code ignored;
  fs::remove(archive, ignored);
  if (!code) return failure(code.error());
  return failure(Error(ErrorKind::failed, fmt::format("tar could not make {}", file),
                       "see what it says above; a name that ends in .tar.gz needs gzip only"));
}

}  // namespace acdr::ctl

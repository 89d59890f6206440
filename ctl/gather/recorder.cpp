// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/gather/recorder.hpp"

#include <cerrno>
#include <fstream>

namespace acdr::ctl {
namespace {

namespace fs = std::filesystem;

Error no_change() { return system_error(EROFS, "changing the host while it is recorded"); }

}  // namespace

void Recorder::remember(const std::string& path, const std::error_code& code) const {
  if (!fault_) fault_ = Error(ErrorKind::failed, fmt::format("storing /{}: {}", path, code.message()));
}

Status Recorder::fault() const {
  if (fault_) return failure(*fault_);
  return {};
}

/// What was seen only as an entry of a list is an empty file so far.
bool Recorder::make_folder(const fs::path& folder) const {
  std::error_code code;
  fs::path path = target_;
  for (const auto& part : folder) {
    path /= part;
    if (fs::is_directory(fs::symlink_status(path, code))) continue;
    fs::remove(path, code);
    fs::create_directory(path, code);
    if (!code) continue;
    remember(folder.string(), code);
    return false;
  }
  return true;
}

void Recorder::put(const std::string& path, std::string_view text) const {
  stored_.insert(path);
  if (!make_folder(fs::path(path).parent_path())) return;
  std::ofstream stream(target_ / path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) remember(path, std::error_code(errno, std::generic_category()));
}

void Recorder::put_first(const std::string& path, std::string_view text) const {
  if (!stored_.contains(path)) put(path, text);
}

void Recorder::put_if_new(const std::string& path) const {
  std::error_code code;
  if (fs::exists(fs::symlink_status(target_ / path, code)) || !make_folder(fs::path(path).parent_path())) return;
  if (!std::ofstream(target_ / path)) remember(path, std::error_code(errno, std::generic_category()));
}

Result<std::string> Recorder::read(const std::string& path) const {
  auto text = source_.read(path);
  if (text) put_first(path, *text);
  return text;
}

std::vector<std::string> Recorder::list(const std::string& path) const {
  const auto entries = source_.list(path);
  if (entries.empty() || !make_folder(path)) return entries;
  for (const auto& entry : entries)
    if (entry.ends_with('/'))
      (void)make_folder(fs::path(path) / entry.substr(0, entry.size() - 1));
    else
      put_if_new((fs::path(path) / entry).string());
  return entries;
}

bool Recorder::exists(const std::string& path) const {
  if (!source_.exists(path)) return false;
  if (source_.list(path).empty())
    put_if_new(path);
  else
    (void)make_folder(path);
  return true;
}

std::string Recorder::link_name(const std::string& path) const {
  auto name = source_.link_name(path);
  std::error_code code;
  if (name.empty() || fs::is_symlink(fs::symlink_status(target_ / path, code))) return name;
  if (!make_folder(fs::path(path).parent_path())) return name;
  fs::remove(target_ / path, code);
  fs::create_symlink(name, target_ / path, code);
  if (code) remember(path, code);
  return name;
}

bool Recorder::irq_is_fixed(unsigned irq) const {
  const bool fixed = source_.irq_is_fixed(irq);
  std::error_code code;
  // A recording tells by the mode of the file, as newer kernels do.
  if (fixed)
    fs::permissions(target_ / fmt::format("proc/irq/{}/smp_affinity_list", irq),
                    fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read, code);
  return fixed;
}

Result<CpuSet> Recorder::affinity(int tid) const {
  auto cpus = source_.affinity(tid);
  // The one line that a recording is asked for; the rest of the file is nobody's business.
  if (cpus)
    put_first(fmt::format("proc/{}/status", tid), fmt::format("Pid:\t{}\nCpus_allowed_list:\t{}\n", tid, *cpus));
  return cpus;
}

Result<std::string> Recorder::ask_irqbalance(const std::string& socket, std::string_view command) {
  if (command.starts_with("settings")) return failure(no_change());
  return source_.ask_irqbalance(socket, command);
}

Status Recorder::write(const std::string&, std::string_view) { return failure(no_change()); }
Status Recorder::set_affinity(int, const CpuSet&) { return failure(no_change()); }
Status Recorder::set_scheduling(int, const Scheduling&) { return failure(no_change()); }

}  // namespace acdr::ctl

// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/utsname.h>

#include <cerrno>
#include <cstdlib>

#include "ctl/gather/gather.hpp"
#include "ctl/text/printable.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

namespace fs = std::filesystem;

std::string archive_name() {
  utsname host{};
  return ::uname(&host) == 0 ? fmt::format("acdr-{}", host.nodename) : "acdr-host";
}

/// A directory for the copy, which goes with the object.
class Workplace {
 public:
  [[nodiscard]] static Result<Workplace> create() {
    std::error_code code;
    std::string pattern = (fs::temp_directory_path(code) / "acdr-gather-XXXXXX").string();
    if (code || ::mkdtemp(pattern.data()) == nullptr)
      return failure(system_error(errno, "making a directory like " + pattern));
    return Workplace(pattern);
  }
  Workplace(Workplace&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Workplace& operator=(Workplace&&) = delete;
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code code;
    if (!path_.empty()) fs::remove_all(path_, code);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit Workplace(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

Result<int> gather(const std::string& given, const Console& console) {
  const std::string name = archive_name();
  const std::string archive = given.empty() ? name + ".tar.gz" : given;
  ACDR_CHECK(check_archive(archive));
  ACDR_TRY(const Workplace workplace, Workplace::create());
  Recording recording;
  recording.target = workplace.path() / name;
  std::error_code code;
  fs::create_directory(recording.target, code);
  ACDR_TRY(const auto left_out, record_host(recording));
  ACDR_CHECK(pack(workplace.path(), name, archive));
  for (const auto& part : left_out) console.out << "left out: " << printable(part) << '\n';
  console.out << printable(archive) << " is written; look at it before you give it away\n";
  return 0;
}

}  // namespace

void add_gather(CLI::App& app, Request& request) {
  const auto file = std::make_shared<std::string>();
  CLI::App& verb = add_verb(app, "gather", "Pack what a bug report needs; once unpacked, --host-root loads it",
                            "acdrctl gather /tmp/report.tar.gz\n  tar -xf /tmp/report.tar.gz -C /tmp");
  verb.add_option("FILE", *file, "A new file, .tar.gz, .tar.zst or .tar; acdr-HOSTNAME.tar.gz here without it")
      ->option_text(" ");
  verb.callback([=, &request] { request.action = [=, &request] { return gather(*file, request.console); }; });
}

}  // namespace acdr::ctl

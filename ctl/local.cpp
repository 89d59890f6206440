// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/local.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "engine/report.hpp"
#include "libvirt/domain_xml.hpp"
#include "plugins/registry.hpp"

namespace acdr::ctl {
namespace {

const char* given_directories() {
  const char* path = std::getenv("ACDR_CLASS_PATH");
  return path == nullptr || *path == '\0' ? nullptr : path;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int number = errno;
    const Error error = system_error(number, "opening " + path);
    return failure(Error(number == ENOENT ? ErrorKind::not_found : ErrorKind::failed, error.what()));
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || !text) return failure(ErrorKind::failed, "reading {} failed", path);
  return text.str();
}

/// No definition for the host; a domain only from its XML: a recording knows no libvirt.
Result<std::optional<DomainDefinition>> read_subject(const std::string& subject) {
  if (subject == "host") return std::nullopt;
  if (!subject.ends_with(".xml"))
    return failure(Error(ErrorKind::usage, fmt::format("{} cannot be looked up in a recorded machine", subject),
                         "with --host-root the subject is host, or a file NAME.xml with the domain's XML"));
  ACDR_TRY(const std::string xml, read_file(subject));
  auto domain = parse_domain_xml(xml);
  if (!domain) return failure(domain.error().during(subject));
  return std::move(*domain);
}

}  // namespace

bool class_directories_are_given() { return given_directories() != nullptr; }

std::vector<std::filesystem::path> class_directories() {
  const char* given = given_directories();
  if (given == nullptr) return {"/usr/share/acdr/classes", "/etc/acdr/classes.d"};
  std::vector<std::filesystem::path> directories;
  std::istringstream text(given);
  for (std::string directory; std::getline(text, directory, ':');)
    if (!directory.empty()) directories.emplace_back(directory);
  return directories;
}

Result<Catalogue> load_classes() {
  Catalogue::Load load = Catalogue::load(class_directories(), all_plugins().specs());
  if (load.diagnostics.empty()) return std::move(load.catalogue);
  const std::size_t more = load.diagnostics.size() - 1;
  return failure(Error(ErrorKind::usage,
                       load.diagnostics.front().to_string() + (more == 0 ? "" : fmt::format(" (and {} more)", more)),
                       "see acdrctl class check"));
}

Result<std::string> list_local_classes() {
  ACDR_TRY(const Catalogue catalogue, load_classes());
  return json_text(class_list_report(catalogue.list()));
}

Result<std::string> show_local_class(const std::string& class_name,
                                     const std::map<std::string, std::string>& parameters) {
  ACDR_TRY(const Catalogue catalogue, load_classes());
  ACDR_TRY(const ResolvedClass resolved, catalogue.resolve(class_name, parameters));
  ACDR_TRY(const auto declared, catalogue.parameters(class_name));
  return json_text(class_report(resolved, declared));
}

Result<PlanView> plan_recorded(const RecordedPlan& wanted) {
  ACDR_TRY(const auto domain, read_subject(wanted.subject));
  ACDR_TRY(Topology topology, read_topology(wanted.host_root));
  ACDR_TRY(Catalogue catalogue, load_classes());
  ACDR_TRY(Ledger ledger, Ledger::open(":memory:", ""));
  const auto host = recorded_access(wanted.host_root);
  const PluginRegistry plugins = all_plugins();
  const Engine engine({*host, std::move(topology), plugins, std::move(catalogue), std::move(ledger), {}, {}});
  return engine.plan(wanted.class_name, wanted.parameters, domain ? &*domain : nullptr);
}

}  // namespace acdr::ctl

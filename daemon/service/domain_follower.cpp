// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/domain_follower.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace acdr {
namespace {

constexpr std::chrono::milliseconds first_look_for_scope{5};
constexpr std::chrono::milliseconds last_look_for_scope{20'000};

/// A domain that was prepared has this long to get its machine scope.
constexpr std::chrono::seconds reservation_time{60};

std::string read_text(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::string scope_of_process(std::string_view proc_cgroup) {
  constexpr std::string_view unified = "0::/";
  const auto line = proc_cgroup.rfind(unified);
  if (line == std::string_view::npos) return {};
  proc_cgroup.remove_prefix(line + unified.size());
  return std::string(scope_of(proc_cgroup.substr(0, proc_cgroup.find('\n'))));
}

std::string uuid_of(std::string_view cmdline) {
  using namespace std::string_view_literals;
  constexpr auto option = "\0-uuid\0"sv;
  const auto at = cmdline.find(option);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = cmdline.substr(at + option.size());
  return std::string(rest.substr(0, rest.find('\0')));
}

LibvirtHandlers DomainFollower::handlers() {
  return {
      .connected = [this](const auto& domains) { on_connected(domains); },
      .disconnected =
          [this](const Error& reason) {
            connected_ = false;
            warn_(fmt::format("libvirt is not reachable ({}); conditioned domains stay so", reason.message()));
          },
      .lifecycle = [this](const DomainEvent& event) { on_lifecycle(event); },
      .definition_changed =
          [this](const DomainRecord& record, const std::set<DomainChange>& changes) {
            // The rest is as it was told before: a class applied by hand must not give way to the tag for this.
            if (changes == std::set{DomainChange::balloon}) return engine_.knobs_changed(balloons_.told(record));
            on_definition(record);
          },
  };
}

void DomainFollower::use(LibvirtConnection& libvirt) {
  libvirt_ = &libvirt;
  balloons_.use([&libvirt](const KnobId& knob, Count value) { return libvirt.set_balloon(knob, value); });
}

void DomainFollower::on_connected(const std::vector<DomainRecord>& domains) {
  connected_ = true;
  balloons_.listed(domains);
  for (const auto& record : domains) on_definition(record);
  // What the ledger holds of balloons could not be looked at before.
  engine_.host_changed();
  drop_reservations_later();
}

void DomainFollower::on_definition(const DomainRecord& record) {
  const auto changed = balloons_.told(record);
  if (record.active && !record.problem.empty())
    warn_(fmt::format("domain {}: {}", record.definition.name, record.problem));
  else if (record.active)
    engine_.domain_running(record.definition);
  engine_.knobs_changed(changed);
}

void DomainFollower::on_lifecycle(const DomainEvent& event) {
  if (event.kind != DomainEventKind::stopped) return;
  balloons_.gone(event.uuid);
  // What a running domain held goes with its scope, whose end the cgroup tree tells in order. This event may be late,
  // and the domain's next life prepared already: only a start that failed is taken from it.
  if (event.detail == "failed")
    engine_.domain_gone(event.uuid);
  else
    engine_.domain_stopped(event.uuid);
}

std::string DomainFollower::on_hook(const HookRequest& request) {
  if (request.operation != "prepare") return {};
  const auto domain = parse_domain_xml(request.xml);
  if (!domain) {
    warn_(fmt::format("domain {} starts without conditioning: {}", request.domain, domain.error().message()));
    return {};
  }
  std::string refusal = engine_.prepare(*domain);
  drop_reservations_later();
  return refusal;
}

bool DomainFollower::find_scope_of(const std::string& uuid, int leader) {
  const std::string scope = scope_of_process(read_text(fmt::format("/proc/{}/cgroup", leader)));
  if (!scope.empty()) on_scope(uuid, scope);
  return !scope.empty();
}

/// machined sends its signal when it has asked systemd for the scope, not when the leader is in it.
void DomainFollower::on_machine(const std::string& uuid, int leader) {
  if (find_scope_of(uuid, leader)) return;
  leaders_[uuid] = leader;
  look_for_scope_later(uuid, first_look_for_scope);
}

void DomainFollower::look_for_scope_later(const std::string& uuid, std::chrono::milliseconds delay) {
  loop_.after(delay, [this, uuid, delay] {
    const auto machine = leaders_.find(uuid);
    if (machine == leaders_.end()) return;
    if (find_scope_of(uuid, machine->second) || delay > last_look_for_scope)
      leaders_.erase(uuid);
    else
      look_for_scope_later(uuid, delay * 2);
  });
}

void DomainFollower::on_cgroup_appeared(const std::string& path) {
  std::erase_if(leaders_, [this](const auto& entry) { return find_scope_of(entry.first, entry.second); });
  const auto at = path.find("/libvirt/vcpu");
  if (at == std::string::npos) return;
  const std::string scope = path.substr(0, at);
  if (const std::string known = engine_.domain_in(scope); !known.empty()) {
    // libvirt has no event for a vCPU that is plugged in.
    if (engine_.is_plugged_in(known, path)) refresh(known);
    return;
  }
  std::ifstream threads(fmt::format("/sys/fs/cgroup/{}/libvirt/emulator/cgroup.threads", scope));
  int tid = 0;
  if (!(threads >> tid)) return;
  const std::string uuid = uuid_of(read_text(fmt::format("/proc/{}/cmdline", tid)));
  if (!uuid.empty()) on_scope(uuid, scope);
}

void DomainFollower::on_scope(const std::string& uuid, const std::string& scope) {
  // No hook told of it: its class is in its XML.
  if (!engine_.scope_appeared(uuid, scope)) refresh(uuid);
}

void DomainFollower::refresh(const std::string& uuid) {
  if (libvirt_ == nullptr) return;
  libvirt_->find_domain(uuid, [this](const Result<DomainRecord>& record) {
    if (record) on_definition(*record);
  });
}

void DomainFollower::on_cgroup_vanished(const std::string& path) {
  if (!path.ends_with(".scope")) return;
  // What has ended takes no call any more.
  balloons_.gone(engine_.domain_in(path));
  engine_.scope_vanished(path);
}

void DomainFollower::drop_reservations_later() {
  const bool pending = std::ranges::any_of(engine_.claims(), [](const auto& entry) {
    return !entry.second->subject.is_host() && entry.second->scope.empty();
  });
  if (pending) loop_.after(reservation_time, [this] { drop_reservations(); });
}

void DomainFollower::drop_reservations() {
  if (libvirt_ == nullptr) return;
  libvirt_->list_all([this](const Result<std::vector<DomainRecord>>& domains) {
    if (!domains) return drop_reservations_later();
    std::vector<std::string> running;
    for (const auto& record : *domains)
      if (record.active) running.push_back(record.definition.uuid);
    engine_.drop_pending_except(running);
  });
}

}  // namespace acdr

// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/machined.hpp"

#include <set>

#include "bus/errors.hpp"

namespace acdr {
namespace {

constexpr const char* bus_driver = "org.freedesktop.DBus";
constexpr const char* machined_name = "org.freedesktop.machine1";
constexpr const char* manager_path_of_machined = "/org/freedesktop/machine1";
constexpr const char* manager_interface_of_machined = "org.freedesktop.machine1.Manager";
constexpr const char* machine_interface = "org.freedesktop.machine1.Machine";
/// What libvirt's QEMU driver registers as (virSystemdCreateMachine).
constexpr const char* libvirt_service = "libvirt-qemu";

/// A property of the expected type; the type's empty value otherwise.
template <class T>
T property(const std::map<std::string, sdbus::Variant>& properties, const char* name) {
  const auto found = properties.find(name);
  if (found == properties.end() || !found->second.containsValueOfType<T>()) return T{};
  return found->second.get<T>();
}

}  // namespace

std::string uuid_from(const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() != 16) return {};
  std::string uuid;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += fmt::format("{:02x}", bytes[i]);
  }
  return uuid;
}

Machined::Machined(sdbus::IConnection& connection, Callbacks callbacks)
    : connection_(connection),
      callbacks_(std::move(callbacks)),
      bus_(sdbus::createProxy(connection, bus_driver, "/org/freedesktop/DBus")),
      manager_(sdbus::createProxy(connection, machined_name, manager_path_of_machined)) {}

Result<std::unique_ptr<Machined>> Machined::watch(sdbus::IConnection& connection, Callbacks callbacks) {
  try {
    std::unique_ptr<Machined> machined(new Machined(connection, std::move(callbacks)));
    machined->subscribe();
    machined->ask_owner();
    return machined;
  } catch (const sdbus::Error& error) {
    return failure(bus_error(error, "watching systemd-machined"));
  }
}

void Machined::subscribe() {
  for (const char* member : {"MachineNew", "MachineRemoved"})
    matches_.push_back(connection_.addMatch(
        fmt::format("type='signal',sender='{}',path='{}',interface='{}',member='{}'", machined_name,
                    manager_path_of_machined, manager_interface_of_machined, member),
        [this](sdbus::Message& message) { on_signal(message); }));
  matches_.push_back(
      connection_.addMatch(fmt::format("type='signal',sender='{}',interface='{}',member='NameOwnerChanged',arg0='{}'",
                                       bus_driver, bus_driver, machined_name),
                           [this](sdbus::Message& message) {
                             std::string name, before, now;
                             if (message.getSender() != bus_driver || !(message >> name >> before >> now)) return;
                             owner_is(now);
                           }));
}

/// Asks who machined is instead of asking machined, which would start it.
void Machined::ask_owner() {
  bus_->callMethodAsync("GetNameOwner")
      .onInterface(bus_driver)
      .withArguments(std::string(machined_name))
      .uponReplyInvoke([this](const sdbus::Error* error, const std::string& name) {
        if (error == nullptr && owner_.empty()) owner_is(name);
      });
}

/// machined ends when it has nothing to do, and its machines live on when it is restarted: only a listing tells what is
/// gone.
void Machined::owner_is(const std::string& name) {
  owner_ = name;
  if (!owner_.empty()) list();
}

void Machined::list() {
  manager_->callMethodAsync("ListMachines")
      .onInterface(manager_interface_of_machined)
      .uponReplyInvoke([this](const sdbus::Error* error, const std::vector<ListEntry>& entries) {
        if (error == nullptr) listed(entries);
      });
}

void Machined::listed(const std::vector<ListEntry>& entries) {
  std::set<std::string> running;
  for (const auto& entry : entries) running.insert(entry.get<3>());
  std::set<std::string> gone;
  for (const auto& [path, machine] : machines_)
    if (!running.contains(path)) gone.insert(path);
  for (const auto& path : gone) remove(path);
  for (const auto& path : running)
    if (!machines_.contains(path)) add(path);
}

/// A match rule keeps out broadcasts of others, but not what others address to us: only the sender's unique name does.
void Machined::on_signal(sdbus::Message& message) {
  std::string name;
  sdbus::ObjectPath path;
  if (message.getSender() != owner_ || !(message >> name >> path)) return;
  if (message.getMemberName() == "MachineNew")
    add(path);
  else
    remove(path);
}

void Machined::add(const std::string& path) {
  remove(path);
  auto& proxy = machines_[path].proxy;
  proxy = sdbus::createProxy(connection_, machined_name, path);
  proxy->callMethodAsync("GetAll")
      .onInterface("org.freedesktop.DBus.Properties")
      .withArguments(std::string(machine_interface))
      .uponReplyInvoke([this, path](const sdbus::Error* error, const Properties& properties) {
        if (error == nullptr) describe(path, properties);
      });
}

/// Letting go of the proxy also drops an answer that is still under way.
void Machined::remove(const std::string& path) {
  const auto machine = machines_.extract(path);
  if (!machine.empty() && !machine.mapped().uuid.empty()) callbacks_.removed(machine.mapped().uuid);
}

void Machined::describe(const std::string& path, const Properties& properties) {
  if (property<std::string>(properties, "Service") != libvirt_service) return;
  const auto uuid = uuid_from(property<std::vector<std::uint8_t>>(properties, "Id"));
  const auto leader = property<std::uint32_t>(properties, "Leader");
  if (uuid.empty() || leader == 0) return;
  machines_.at(path).uuid = uuid;
  callbacks_.appeared(uuid, static_cast<int>(leader));
}

}  // namespace acdr

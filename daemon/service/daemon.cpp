// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/daemon.hpp"

#include <fmt/ranges.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <fstream>

#include "base/program_pages.hpp"
#include "bus/bus_loop.hpp"
#include "bus/machined.hpp"
#include "bus/manager_object.hpp"
#include "bus/polkit.hpp"
#include "bus/unit_job.hpp"
#include "events/cgroup_watch.hpp"
#include "events/file_watch.hpp"
#include "events/netlink_watch.hpp"
#include "libvirt/hook_server.hpp"
#include "plugins/registry.hpp"
#include "service/config.hpp"
#include "service/domain_follower.hpp"
#include "service/instance_lock.hpp"
#include "service/service.hpp"

namespace acdr {
namespace {

using namespace std::chrono_literals;

/// Cgroups come in bursts, and a new scope must be confined at once: seconds before the guest's first instruction.
constexpr auto cgroup_delay = 1ms;
/// Devices come with their interrupts a moment after their uevent.
constexpr auto device_delay = 100ms;
/// irqbalance opens its socket some time after its cgroup is there, and a new one knows nothing of the bans.
constexpr std::array irqbalance_delays{100ms, 1000ms, 5000ms, 15000ms};
constexpr const char* irqbalance_unit = "system.slice/irqbalance.service";
/// A new kernel thread gives itself its mask when it first runs; look right away, and again when it must have.
constexpr std::array kthread_delays{0ms, 5ms, 50ms, 500ms};

/// A rollback, or the daemon that was here before, may need that long to end.
constexpr auto lock_patience = 30s;

/// More than waiting takes, and less than a look.
constexpr Bytes worth_dropping{std::uint64_t{6} << 20U};

Result<std::string> boot_id() {
  std::ifstream stream("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!std::getline(stream, id)) return failure(ErrorKind::failed, "reading /proc/sys/kernel/random/boot_id failed");
  return id;
}

Catalogue::Load load_catalogue(const DaemonPaths& paths, const PluginRegistry& plugins) {
  auto load = Catalogue::load(paths.classes, plugins.specs());
  for (const auto& fault : load.diagnostics) log_warning(fault.to_string());
  return load;
}

/// A daemon that starts has nothing to go on with but what is sound.
Catalogue first_catalogue(const DaemonPaths& paths, const PluginRegistry& plugins) {
  auto load = load_catalogue(paths, plugins);
  if (load.diagnostics.empty()) return std::move(load.catalogue);
  const auto names = load.catalogue.faulty();
  log_warning(fmt::format("{} until the faults above are mended; live claims stay. See acdrctl class check",
                          load.catalogue.list().empty() ? "no class is loaded"
                          : names.empty()               ? "some files are passed over"
                                                        : fmt::format("{}: not loaded", fmt::join(names, ", "))));
  return std::move(load.catalogue);
}

void log_report(const Status& status) {
  if (!status) log_warning(status.error().message());
}

}  // namespace

/// In the order of construction; destroyed from the end.
struct Daemon::State {
  DaemonPaths paths;
  std::optional<InstanceLock> lock;
  std::unique_ptr<MainLoop> loop;
  std::shared_ptr<Mailbox> mailbox;
  std::unique_ptr<HostAccess> host = live_access([this] {
    if (hook) hook->ask_for_patience();
  });
  PluginRegistry plugins = all_plugins();
  FlightRecorder recorder;
  std::unique_ptr<sdbus::IConnection> bus;
  std::unique_ptr<Engine> engine;
  BalloonBackend* balloons = nullptr;  ///< the engine's
  std::unique_ptr<DomainFollower> follower;
  std::unique_ptr<LibvirtConnection> libvirt;
  std::unique_ptr<Service> service;
  std::unique_ptr<Polkit> polkit;
  std::unique_ptr<ManagerObject> object;
  std::unique_ptr<Machined> machined;
  std::unique_ptr<BusLoop> bus_loop;
  std::unique_ptr<HookServer> hook;
  std::unique_ptr<CgroupWatch> cgroups;
  std::unique_ptr<FileWatch> files;
  std::unique_ptr<Debounce> recheck_soon;
  Area::Cgroups new_cgroups;  ///< that are yet to be looked at
  std::unique_ptr<Debounce> recheck_later;
  std::vector<std::shared_ptr<void>> watches;
  std::vector<std::function<void()>> put_off;  ///< see afterwards()

  ~State() { catch_up(); }
  /// For what whoever waits for a pass need not wait for: a line in the journal for each of hundreds of writes, what
  /// came of them in the ledger, and signals, whose receivers want a CPU, too.
  void afterwards(std::function<void()> work);
  void catch_up();
  [[nodiscard]] Status create_engine();
  [[nodiscard]] EngineListener listener();
  void tell_claim(const Subject& subject);
  void apply_permanent_claims();
  [[nodiscard]] Status connect_domains();
  [[nodiscard]] Status connect_bus();
  [[nodiscard]] Status watch_host();
  void cgroup_appeared(const std::string& path);
  void kernel_thread_born(int tid);
  void sweep();
  void stop();
  void reload();
};

void Daemon::State::afterwards(std::function<void()> work) {
  if (put_off.empty()) loop->after(0ms, [this] { catch_up(); });
  put_off.push_back(std::move(work));
}

void Daemon::State::catch_up() {
  while (!put_off.empty())
    for (const auto& work : std::exchange(put_off, {})) work();
}

void Daemon::State::tell_claim(const Subject& subject) {
  if (!object) return;
  std::string now = "released";
  for (const auto& status : engine->status(subject)) now = status.state;
  object->claim_changed(subject.to_string(), now);
  object->properties_changed();
}

EngineListener Daemon::State::listener() {
  return {[this](const Record& record) {
            recorder.add(record);
            afterwards([record] { log_record(record); });
          },
          [this](const std::string& text) {
            afterwards([this, text] {
              log_info(text);
              if (object) object->notice(text);
            });
          },
          [this](const Subject& subject) { afterwards([this, subject] { tell_claim(subject); }); },
          [this] {
            if (files) files->watch(engine->held_files());
            afterwards([this] { engine->flush_ledger(); });
          }};
}

Status Daemon::State::create_engine() {
  ACDR_TRY(const Config config, read_config(paths.config));
  ACDR_TRY(Topology topology, read_topology("/"));
  ACDR_TRY(const std::string boot, boot_id());
  ACDR_TRY(Ledger ledger, Ledger::open(paths.ledger, boot));
  if (!ledger.recovered().empty()) log_warning(ledger.recovered());
  auto backend = std::make_unique<BalloonBackend>();
  balloons = backend.get();
  std::vector<std::unique_ptr<KnobBackend>> libvirt_knobs;
  libvirt_knobs.push_back(std::move(backend));
  engine = std::make_unique<Engine>(Engine::Parts{*host, std::move(topology), plugins, first_catalogue(paths, plugins),
                                                  std::move(ledger), config.limits, listener(), config.asking,
                                                  std::move(libvirt_knobs), [] { return read_topology("/"); }});
  return {};
}

void Daemon::State::apply_permanent_claims() {
  std::vector<Error> faults;
  for (const auto& claim : PermanentClaims(paths.permanent).load(faults)) {
    if (engine->claims().contains({Subject::host(), claim.class_name})) continue;
    const auto done = engine->apply(claim.class_name, claim.parameters, nullptr, true);
    if (!done)
      log_warning(fmt::format("the permanent class {} is not applied: {}", claim.class_name, done.error().message()));
  }
  for (const auto& fault : faults) log_warning(fault.message());
}

Status Daemon::State::connect_domains() {
  follower = std::make_unique<DomainFollower>(*engine, *balloons, *loop, log_warning);
  ACDR_TRY(mailbox, Mailbox::create());
  ACDR_TRY(auto watch, loop->watch(mailbox->fd(), [this] { mailbox->drain(); }));
  watches.push_back(std::move(watch));
  libvirt = std::make_unique<LibvirtConnection>(mailbox, follower->handlers(), paths.libvirt_uri);
  follower->use(*libvirt);
  ACDR_TRY(hook, HookServer::listen(paths.hook_socket,
                                    [this](const HookRequest& request) { return follower->on_hook(request); }));
  ACDR_TRY(watch, loop->watch(hook->fd(), [this] { hook->dispatch(); }));
  watches.push_back(std::move(watch));
  return {};
}

Status Daemon::State::connect_bus() {
  ACDR_TRY(bus, open_system_bus());
  service =
      std::make_unique<Service>(Service::Parts{*engine, *follower, *libvirt, recorder, PermanentClaims(paths.permanent),
                                               [this] { return load_catalogue(paths, plugins); }});
  ACDR_TRY(polkit, Polkit::create(*bus));
  ACDR_TRY(object, ManagerObject::create(*bus, *service, *polkit, ACDR_VERSION));
  ACDR_TRY(machined,
           Machined::watch(*bus, {[this](const std::string& uuid, int leader) { follower->on_machine(uuid, leader); },
                                  [](const std::string&) {}}));
  ACDR_TRY(bus_loop, BusLoop::attach(loop->get(), *bus, [this](const Error& error) {
             log_warning(error.message());
             loop->exit(1);
           }));
  return take_bus_name(*bus);
}

Status Daemon::State::watch_host() {
  recheck_soon = std::make_unique<Debounce>(*loop, cgroup_delay,
                                            [this] { engine->cgroups_appeared(std::exchange(new_cgroups, {})); });
  recheck_later = std::make_unique<Debounce>(*loop, device_delay, [this] { engine->devices_changed(); });
  ACDR_TRY(cgroups, CgroupWatch::create(
                        *loop, [this](const std::string& path) { cgroup_appeared(path); },
                        [this](const std::string& path) { follower->on_cgroup_vanished(path); }));
  ACDR_TRY(files, FileWatch::create(*loop, [this](const std::string& path) { engine->file_written(path); }));
  auto kthreads = watch_kernel_threads(*loop, [this](int tid) { kernel_thread_born(tid); });
  if (kthreads)
    watches.push_back(std::move(*kthreads));
  else
    log_warning(fmt::format("new kernel threads are only seen at the next change: {}", kthreads.error().message()));
  ACDR_TRY(auto devices, watch_devices(*loop, [this] { recheck_later->trigger(); }));
  watches.push_back(std::move(devices));
  return {};
}

void Daemon::State::cgroup_appeared(const std::string& path) {
  // A service is narrowed with its slice.
  if (!path.starts_with("system.slice/")) {
    follower->on_cgroup_appeared(path);
    new_cgroups.insert(path);
    return recheck_soon->trigger();
  }
  if (path != irqbalance_unit) return;
  for (const auto delay : irqbalance_delays) loop->after(delay, [this] { engine->host_changed(); });
}

void Daemon::State::kernel_thread_born(int tid) {
  for (const auto delay : kthread_delays) loop->after(delay, [this, tid] { engine->kernel_thread_appeared(tid); });
}

/// What no event tells of: masks of threads that others set, a device that lost its setting.
void Daemon::State::sweep() {
  if (!engine->claims().empty()) engine->host_changed();
  // A look at the host takes far more memory than what is kept of it, and the heap keeps the holes between; and what
  // was used of the program once stays mapped for good: all that the loader read, for one.
  ::malloc_trim(0);
  drop_program_pages(worth_dropping);
}

void Daemon::State::stop() {
  sd_notify(0, "STOPPING=1");
  // systemd says why: "stop", "restart", or nothing for a plain kill, after which Restart= brings the daemon back.
  const auto job = unit_job(*bus);
  if (job && *job != "stop") {
    log_info("every claim is kept for the daemon that follows");
  } else {
    log_info("stopping: the host is put back");
    log_report(engine->release_all());
  }
  loop->exit(0);
}

void Daemon::State::reload() {
  service->reload([](const Result<std::string>& done) {
    if (!done) log_warning(done.error().message());
  });
}

Daemon::Daemon(std::unique_ptr<State> state) : state_(std::move(state)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::create(const DaemonPaths& paths) {
  // Or the few pages that a thread of libvirt's allocates may become one of 2 MB (prctl(2)). Refused, it is only
  // memory.
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  auto state = std::make_unique<State>();
  state->paths = paths;
  ACDR_TRY(state->lock, InstanceLock::take(paths.lock, lock_patience));
  ACDR_TRY(state->loop, MainLoop::create());
  // Before any thread is made: threads inherit the blocked signals.
  ACDR_CHECK(state->loop->watch_signals([raw = state.get()] { raw->stop(); }, [raw = state.get()] { raw->reload(); }));
  ACDR_CHECK(state->create_engine());
  state->engine->host_changed();
  state->apply_permanent_claims();
  ACDR_CHECK(state->connect_domains());
  ACDR_CHECK(state->connect_bus());
  ACDR_CHECK(state->watch_host());
  // What came between the first look and the watches.
  state->engine->host_changed();
  ACDR_CHECK(state->loop->enable_watchdog([raw = state.get()] { raw->sweep(); }));
  return std::unique_ptr<Daemon>(new Daemon(std::move(state)));
}

Status Daemon::run() {
  sd_notify(0, "READY=1");
  return state_->loop->run();
}

Status roll_back(const DaemonPaths& paths) {
  if (!Ledger::is_at(paths.ledger)) return {};
  ACDR_TRY(const InstanceLock lock, InstanceLock::take(paths.lock, 0ms));
  ACDR_TRY(const std::string boot, boot_id());
  ACDR_TRY(Ledger ledger, Ledger::open(paths.ledger, boot));
  if (!ledger.recovered().empty()) log_warning(ledger.recovered());
  ACDR_TRY(Topology topology, read_topology("/"));
  const auto host = live_access();
  const PluginRegistry plugins = all_plugins();
  Engine engine({*host, std::move(topology), plugins, Catalogue(), std::move(ledger), {}, {log_record, log_info, {}}});
  return engine.release_all();
}

}  // namespace acdr

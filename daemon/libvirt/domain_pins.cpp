// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_calls.hpp"

namespace acdr::libvirt {
namespace {

/// libvirt's form of a CPU set: bit n of byte n/8. No longer than it needs: a driver refuses what exceeds its own map.
class CpuMap {
 public:
  explicit CpuMap(const CpuSet& cpus) : bytes_(VIR_CPU_MAPLEN(cpus.last() + 1)) {
    for (const unsigned cpu : cpus) bytes_[cpu / 8] = static_cast<unsigned char>(bytes_[cpu / 8] | 1U << cpu % 8);
  }
  [[nodiscard]] unsigned char* data() { return bytes_.data(); }
  [[nodiscard]] int size() const { return static_cast<int>(bytes_.size()); }

 private:
  std::vector<unsigned char> bytes_;
};

CpuSet to_set(const unsigned char* map, std::size_t bytes) {
  CpuSet cpus;
  for (unsigned cpu = 0; cpu < bytes * 8 && cpu < CpuSet::limit; ++cpu)
    if (VIR_CPU_USED(map, cpu)) cpus.insert(cpu);
  return cpus;
}

template <class Pin>
Status pin(virDomainPtr domain, std::string_view thread, const CpuSet& cpus, Pin call) {
  const auto doing = fmt::format("pinning {} of domain {} to {}", thread, name_of(domain), cpus);
  if (cpus.empty()) return failure(ErrorKind::usage, "{}: a thread needs a CPU", doing);
  CpuMap map(cpus);
  if (call(map.data(), map.size()) != 0) return failure(libvirt_error(doing));
  return {};
}

constexpr std::string_view reading_pins = "reading a domain's pins";

/// Bytes of a map that has room for every CPU the host could have.
Result<std::size_t> host_map_bytes(virDomainPtr domain) {
  const int cpus = virNodeGetCPUMap(virDomainGetConnect(domain), nullptr, nullptr, 0);
  if (cpus <= 0) return failure(libvirt_error(reading_pins));
  return static_cast<std::size_t>(VIR_CPU_MAPLEN(cpus));
}

Result<std::map<unsigned, CpuSet>> vcpu_pins(virDomainPtr domain, std::size_t bytes) {
  constexpr unsigned maximum = VIR_DOMAIN_VCPU_MAXIMUM;
  const int count = virDomainGetVcpusFlags(domain, maximum | VIR_DOMAIN_AFFECT_LIVE);
  if (count <= 0) return failure(libvirt_error(reading_pins));
  std::vector<unsigned char> maps(static_cast<std::size_t>(count) * bytes);
  const int known =
      virDomainGetVcpuPinInfo(domain, count, maps.data(), static_cast<int>(bytes), VIR_DOMAIN_AFFECT_LIVE);
  if (known < 0) return failure(libvirt_error(reading_pins));
  std::map<unsigned, CpuSet> pins;
  for (unsigned vcpu = 0; vcpu < static_cast<unsigned>(known); ++vcpu)
    pins[vcpu] = to_set(maps.data() + vcpu * bytes, bytes);
  return pins;
}

Result<CpuSet> emulator_pin(virDomainPtr domain, std::size_t bytes) {
  std::vector<unsigned char> map(bytes);
  if (virDomainGetEmulatorPinInfo(domain, map.data(), static_cast<int>(bytes), VIR_DOMAIN_AFFECT_LIVE) >= 0)
    return to_set(map.data(), bytes);
  if (libvirt_lacks_call()) return CpuSet{};
  return failure(libvirt_error(reading_pins));
}

using IOThreadInfo = std::unique_ptr<virDomainIOThreadInfo, ReleaseWith<&virDomainIOThreadInfoFree>>;

Result<std::map<unsigned, CpuSet>> iothread_pins(virDomainPtr domain) {
  virDomainIOThreadInfoPtr* found = nullptr;
  const int count = virDomainGetIOThreadInfo(domain, &found, VIR_DOMAIN_AFFECT_LIVE);
  if (count < 0 && libvirt_lacks_call()) return std::map<unsigned, CpuSet>{};
  if (count < 0) return failure(libvirt_error(reading_pins));
  const std::unique_ptr<virDomainIOThreadInfoPtr, ReleaseWith<&std::free>> array(found);
  std::map<unsigned, CpuSet> pins;
  for (int i = 0; i < count; ++i) {
    const IOThreadInfo thread(found[i]);
    pins[thread->iothread_id] = to_set(thread->cpumap, static_cast<std::size_t>(thread->cpumaplen));
  }
  return pins;
}

}  // namespace

Status pin_vcpu(virDomainPtr domain, unsigned vcpu, const CpuSet& cpus) {
  return pin(domain, fmt::format("vCPU {}", vcpu), cpus, [&](unsigned char* map, int bytes) {
    return virDomainPinVcpuFlags(domain, vcpu, map, bytes, VIR_DOMAIN_AFFECT_LIVE);
  });
}

Status pin_emulator(virDomainPtr domain, const CpuSet& cpus) {
  return pin(domain, "the emulator", cpus, [&](unsigned char* map, int bytes) {
    return virDomainPinEmulator(domain, map, bytes, VIR_DOMAIN_AFFECT_LIVE);
  });
}

Status pin_iothread(virDomainPtr domain, unsigned iothread, const CpuSet& cpus) {
  return pin(domain, fmt::format("iothread {}", iothread), cpus, [&](unsigned char* map, int bytes) {
    return virDomainPinIOThread(domain, iothread, map, bytes, VIR_DOMAIN_AFFECT_LIVE);
  });
}

Result<DomainPins> pins_of(virDomainPtr domain) {
  ACDR_TRY(const std::size_t bytes, host_map_bytes(domain));
  DomainPins pins;
  ACDR_TRY(pins.vcpus, vcpu_pins(domain, bytes));
  ACDR_TRY(pins.emulator, emulator_pin(domain, bytes));
  ACDR_TRY(pins.iothreads, iothread_pins(domain));
  return pins;
}

}  // namespace acdr::libvirt

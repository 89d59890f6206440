// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_store.hpp"

#include "host/knob_backends.hpp"

namespace acdr {

Result<KnobValue> KnobBackend::read_back(const KnobId& knob) const { return read(knob); }
std::vector<KnobValue> KnobBackend::kernel_values(const KnobId&) const { return {}; }
std::vector<std::string> KnobBackend::files_of(const KnobId&) const { return {}; }
std::optional<KnobId> KnobBackend::default_of(const KnobId&) const { return std::nullopt; }
KnobValue KnobBackend::given_by_default(const KnobId&, const KnobValue& by_default) const { return by_default; }
Status KnobBackend::in_effect(const KnobId&) const { return {}; }

KnobStore::KnobStore(HostAccess& host, const Topology& topology) {
  add(cgroup_backend(host, topology.possible));
  add(thread_backend(host, topology));
  add(irq_backend(host, topology));
  add(workqueue_backend(host));
  add(irqbalance_backend(host));
  add(huge_page_backend(host));
  add(queue_backend(host));
  add(flow_rule_backend(host));
  add(module_backend(host));
  add(setting_backend(host));
  add(resctrl_backend(host));
}

void KnobStore::add(std::unique_ptr<KnobBackend> backend) {
  for (const auto kind : backend->kinds()) by_kind_[kind] = backend.get();
  backends_.push_back(std::move(backend));
}

Result<KnobBackend*> KnobStore::backend(const KnobId& knob) const {
  const auto found = by_kind_.find(knob.kind);
  if (found == by_kind_.end()) return failure(ErrorKind::failed, "nothing knows how to set {}", knob.to_string());
  return found->second;
}

Result<KnobValue> KnobStore::read(const KnobId& knob) const {
  ACDR_TRY(const KnobBackend* owner, backend(knob));
  return owner->read(knob);
}

Status KnobStore::write(const KnobId& knob, const KnobValue& value) {
  ACDR_TRY(KnobBackend * owner, backend(knob));
  return owner->write(knob, value);
}

Result<KnobValue> KnobStore::read_back(const KnobId& knob) const {
  ACDR_TRY(const KnobBackend* owner, backend(knob));
  return owner->read_back(knob);
}

std::vector<std::string> KnobStore::files_of(const KnobId& knob) const {
  const auto owner = backend(knob);
  return owner ? (*owner)->files_of(knob) : std::vector<std::string>();
}

std::vector<KnobValue> KnobStore::kernel_values(const KnobId& knob) const {
  const auto owner = backend(knob);
  return owner ? (*owner)->kernel_values(knob) : std::vector<KnobValue>();
}

std::optional<KnobId> KnobStore::default_of(const KnobId& knob) const {
  const auto owner = backend(knob);
  return owner ? (*owner)->default_of(knob) : std::nullopt;
}

KnobValue KnobStore::given_by_default(const KnobId& knob, const KnobValue& by_default) const {
  const auto owner = backend(knob);
  return owner ? (*owner)->given_by_default(knob, by_default) : by_default;
}

Status KnobStore::in_effect(const KnobId& knob) const {
  ACDR_TRY(const KnobBackend* owner, backend(knob));
  return owner->in_effect(knob);
}

}  // namespace acdr

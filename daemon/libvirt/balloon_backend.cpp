// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/balloon_backend.hpp"

#include <array>
#include <utility>

namespace acdr {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t kibibyte = 1024;

std::uint64_t distance(Count a, Count b) { return a.value > b.value ? a.value - b.value : b.value - a.value; }

Error no_answer() {
  return {ErrorKind::unreachable, "libvirt does not answer",
          "acdr goes on when it does; if it never does, see what libvirtd waits for"};
}

}  // namespace

void BalloonBackend::listed(const std::vector<DomainRecord>& domains) {
  settle();
  auto before = std::exchange(balloons_, {});
  for (const auto& record : domains) {
    // A guest keeps what it was told while libvirt was away.
    balloons_.insert(before.extract(record.definition.uuid));
    follow(record);
  }
  listed_ = true;
}

std::vector<KnobId> BalloonBackend::told(const DomainRecord& record) {
  const std::array knobs{KnobId{KnobKind::balloon_polling, record.definition.uuid},
                         KnobId{KnobKind::balloon_size, record.definition.uuid}};
  const auto state = [this](const KnobId& knob) {
    const auto value = read(knob);
    return std::pair(value ? std::optional(*value) : std::nullopt, in_effect(knob).has_value());
  };
  const std::array before{state(knobs[0]), state(knobs[1])};
  settle();
  follow(record);
  std::vector<KnobId> changed;
  for (std::size_t i = 0; i < knobs.size(); ++i)
    if (state(knobs[i]) != before[i]) changed.push_back(knobs[i]);
  return changed;
}

void BalloonBackend::gone(const std::string& uuid) {
  settle();
  balloons_.erase(uuid);
}

void BalloonBackend::follow(const DomainRecord& record) {
  const auto& definition = record.definition;
  if (!record.problem.empty()) return;
  if (!record.active || record.starting || !definition.balloon) {
    balloons_.erase(definition.uuid);
    return;
  }
  auto& balloon = balloons_[definition.uuid];
  const Count size{definition.balloon_size.value / kibibyte};
  if (balloon.told && (size == *balloon.told || distance(size, *balloon.told) > distance(balloon.size, *balloon.told)))
    balloon.told.reset();
  balloon.polling = Count{static_cast<std::uint64_t>(definition.balloon_polling.count())};
  balloon.size = size;
}

std::vector<KnobKind> BalloonBackend::kinds() const { return {KnobKind::balloon_polling, KnobKind::balloon_size}; }

Result<const BalloonBackend::Balloon*> BalloonBackend::find(const KnobId& knob) const {
  if (!listed_)
    return failure(Error(ErrorKind::unreachable, "libvirt has not told of its domains yet",
                         "if it stays so: systemctl status libvirtd"));
  if (call_ && call_->knob == knob) return failure(no_answer());
  const auto found = balloons_.find(knob.object);
  if (found == balloons_.end())
    return failure(ErrorKind::not_found, "domain {} does not run, or has no balloon", knob.object);
  return &found->second;
}

Result<KnobValue> BalloonBackend::read(const KnobId& knob) const {
  ACDR_TRY(const Balloon* balloon, find(knob));
  if (knob.kind == KnobKind::balloon_polling) return KnobValue(balloon->polling);
  return KnobValue(balloon->told.value_or(balloon->size));
}

Status BalloonBackend::write(const KnobId& knob, const KnobValue& value) {
  settle();
  if (call_) return failure(no_answer());
  const Count count = std::get<Count>(value);
  call_ = Call{knob, count, set_(knob, count)};
  if (call_->answer.wait_for(patience_) != std::future_status::ready) return failure(no_answer());
  return settle();
}

Status BalloonBackend::settle() {
  if (!call_ || call_->answer.wait_for(0s) != std::future_status::ready) return {};
  Call call = std::move(*std::exchange(call_, std::nullopt));
  ACDR_CHECK(call.answer.get());
  const auto found = balloons_.find(call.knob.object);
  if (found == balloons_.end()) return {};
  auto& balloon = found->second;
  if (call.knob.kind == KnobKind::balloon_polling)
    balloon.polling = call.value;
  else
    balloon.told = call.value == balloon.size ? std::nullopt : std::optional(call.value);
  return {};
}

Status BalloonBackend::in_effect(const KnobId& knob) const {
  if (knob.kind != KnobKind::balloon_size) return {};
  ACDR_TRY(const Balloon* balloon, find(knob));
  if (!balloon->told) return {};
  return failure(Error(ErrorKind::failed, fmt::format("the guest is at {} KiB", balloon->size.value),
                       "it follows in its own time, once its balloon driver runs"));
}

}  // namespace acdr

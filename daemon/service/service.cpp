// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/service.hpp"

#include <nlohmann/json.hpp>

#include "engine/report.hpp"

namespace acdr {
namespace {

Result<std::string> answer(const Status& status) {
  if (!status) return failure(status.error());
  return std::string();
}

Result<std::string> plan_text(const Result<PlanView>& plan) {
  if (!plan) return failure(plan.error());
  return json_text(to_json(*plan));
}

}  // namespace

std::optional<Subject> Service::claimed_subject(const std::string& typed) const {
  if (typed == "host") return Subject::host();
  for (const auto& status : parts_.engine.status())
    if (status.subject.uuid() == typed || status.name == "domain " + typed) return status.subject;
  return std::nullopt;
}

void Service::with_domain(const std::string& typed, Reply reply, std::function<void(const DomainRecord&, Reply)> then) {
  parts_.libvirt.find_domain(
      typed, [reply = std::move(reply), then = std::move(then)](const Result<DomainRecord>& record) {
        if (!record) return reply(failure(record.error()));
        if (!record->problem.empty())
          return reply(failure(ErrorKind::failed, "domain {}: {}", record->definition.name, record->problem));
        then(*record, reply);
      });
}

void Service::with_subject(const std::string& typed, Reply reply, std::function<void(const Subject&, Reply)> then) {
  if (const auto subject = claimed_subject(typed)) return then(*subject, std::move(reply));
  with_domain(typed, std::move(reply), [then = std::move(then)](const DomainRecord& record, Reply next) {
    then(Subject::domain(record.definition.uuid), std::move(next));
  });
}

Result<std::string> Service::apply_now(const std::string& class_name, const Parameters& parameters,
                                       const DomainDefinition* domain, bool permanent) {
  ACDR_TRY(const ClaimStatus status, parts_.engine.apply(class_name, parameters, domain, permanent));
  if (permanent) ACDR_CHECK(parts_.permanent.store({class_name, parameters}));
  return json_text(to_json(status));
}

void Service::apply(const std::string& class_name, const std::string& subject, const Parameters& parameters,
                    bool permanent, Reply reply) {
  if (subject == "host") return reply(apply_now(class_name, parameters, nullptr, permanent));
  if (permanent)
    return reply(failure(Error(ErrorKind::usage, "a domain's class is made permanent by its tag",
                               fmt::format("use acdrctl tag {} {}", subject, class_name))));
  with_domain(subject, std::move(reply), [=, this](const DomainRecord& record, Reply next) {
    if (!record.active)
      return next(failure(Error(ErrorKind::refused, fmt::format("domain {} is not running", record.definition.name),
                                fmt::format("start it, or use acdrctl tag {} {} to condition it whenever it starts",
                                            record.definition.name, class_name))));
    next(apply_now(class_name, parameters, &record.definition, false));
  });
}

Result<std::string> Service::release_now(const Subject& subject, const std::string& class_name) {
  ACDR_CHECK(parts_.engine.release(subject, class_name));
  if (subject.is_host()) ACDR_CHECK(parts_.permanent.forget(class_name));
  return std::string();
}

void Service::release(const std::string& subject, const std::string& class_name, Reply reply) {
  with_subject(subject, std::move(reply),
               [=, this](const Subject& found, Reply next) { next(release_now(found, class_name)); });
}

void Service::plan(const std::string& class_name, const std::string& subject, const Parameters& parameters,
                   Reply reply) {
  if (subject == "host") return reply(plan_text(parts_.engine.plan(class_name, parameters, nullptr)));
  with_domain(subject, std::move(reply), [=, this](const DomainRecord& record, Reply next) {
    next(plan_text(parts_.engine.plan(class_name, parameters, &record.definition)));
  });
}

void Service::status(const std::string& subject, Reply reply) {
  if (subject.empty()) return reply(json_text(status_report(parts_.engine.status())));
  with_subject(subject, std::move(reply), [this](const Subject& found, Reply next) {
    next(json_text(status_report(parts_.engine.status(found))));
  });
}

void Service::verify(const std::string& subject, Reply reply) {
  if (subject.empty()) return reply(json_text(to_json(parts_.engine.verify(std::nullopt))));
  with_subject(subject, std::move(reply), [this](const Subject& found, Reply next) {
    const VerifyReport report = parts_.engine.verify(found);
    if (report.items.empty())
      return next(failure(Error(ErrorKind::not_found, fmt::format("{} has no claim to verify", found.to_string()),
                                "see acdrctl status")));
    next(json_text(to_json(report)));
  });
}

void Service::list_classes(Reply reply) { reply(json_text(class_list_report(parts_.engine.catalogue().list()))); }

void Service::show_class(const std::string& class_name, const Parameters& parameters, Reply reply) {
  const auto resolved = parts_.engine.catalogue().resolve(class_name, parameters);
  if (!resolved) return reply(failure(resolved.error()));
  const auto declared = parts_.engine.catalogue().parameters(class_name);
  if (!declared) return reply(failure(declared.error()));
  reply(json_text(class_report(*resolved, *declared)));
}

void Service::topology(Reply reply) { reply(json_text(to_json(parts_.engine.topology()))); }

void Service::log(unsigned most, Reply reply) {
  const auto records = parts_.recorder.newest(most);
  reply(json_text(log_report(std::vector<Record>(records.begin(), records.end()))));
}

void Service::tag(const std::string& domain, const std::string& class_name, const Parameters& parameters, Reply reply) {
  // A tag that could never be met is refused now, not when the domain starts.
  if (const auto resolved = parts_.engine.catalogue().resolve(class_name, parameters); !resolved)
    return reply(failure(resolved.error()));
  with_domain(domain, std::move(reply), [=, this](const DomainRecord& record, Reply next) {
    parts_.libvirt.set_tag(record.definition.uuid, ConditioningTag{class_name, parameters},
                           [next](const Status& done) { next(answer(done)); });
  });
}

void Service::tag_and_adapt(const std::string& domain, const std::string& class_name, const Parameters& parameters,
                            Reply reply) {
  auto wanted = parts_.engine.adaptations(class_name, parameters);
  if (!wanted) return reply(failure(wanted.error()));
  with_domain(domain, std::move(reply), [=, this](const DomainRecord& record, Reply next) {
    // Adapted first: a domain that cannot be is not tagged either.
    parts_.libvirt.adapt(record.definition.uuid, *wanted, [=, this](const Result<std::vector<Adaptation>>& added) {
      if (!added) return next(failure(added.error()));
      const std::string report = json_text(adaptation_report(record.definition.name, record.active, *added));
      parts_.libvirt.set_tag(
          record.definition.uuid, ConditioningTag{class_name, parameters},
          [next, report](const Status& done) { next(done ? Result<std::string>(report) : failure(done.error())); });
    });
  });
}

void Service::untag(const std::string& domain, Reply reply) {
  with_domain(domain, std::move(reply), [this](const DomainRecord& record, Reply next) {
    if (!record.definition.tag && record.definition.tag_error.empty())
      return next(
          failure(Error(ErrorKind::not_found, fmt::format("domain {} carries no class", record.definition.name), "")));
    parts_.libvirt.set_tag(record.definition.uuid, std::nullopt, [next](const Status& done) { next(answer(done)); });
  });
}

void Service::reload(Reply reply) {
  auto load = parts_.load_catalogue();
  if (!load.diagnostics.empty())
    return reply(failure(Error(ErrorKind::usage,
                               fmt::format("{} ({} faults in all); the classes loaded before stay in force",
                                           load.diagnostics.front().to_string(), load.diagnostics.size()),
                               "see acdrctl class check")));
  parts_.engine.replace_catalogue(std::move(load.catalogue));
  reply(std::string());
}

unsigned Service::claim_count() const { return static_cast<unsigned>(parts_.engine.claims().size()); }

}  // namespace acdr

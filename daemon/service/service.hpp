// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "bus/manager.hpp"
#include "engine/engine.hpp"
#include "libvirt/connection.hpp"
#include "service/domain_follower.hpp"
#include "service/journal.hpp"
#include "service/permanent_claims.hpp"

namespace acdr {

/// Answers what comes over the bus, from the engine and libvirt.
class Service final : public ManagerHandler {
 public:
  struct Parts {
    Engine& engine;
    DomainFollower& domains;
    LibvirtConnection& libvirt;
    const FlightRecorder& recorder;
    PermanentClaims permanent;
    std::function<Catalogue::Load()> load_catalogue;
  };
  explicit Service(Parts parts) : parts_(std::move(parts)) {}

  void apply(const std::string& class_name, const std::string& subject, const Parameters& parameters, bool permanent,
             Reply reply) override;
  void release(const std::string& subject, const std::string& class_name, Reply reply) override;
  void plan(const std::string& class_name, const std::string& subject, const Parameters& parameters,
            Reply reply) override;
  void status(const std::string& subject, Reply reply) override;
  void verify(const std::string& subject, Reply reply) override;
  void list_classes(Reply reply) override;
  void show_class(const std::string& class_name, const Parameters& parameters, Reply reply) override;
  void topology(Reply reply) override;
  void log(unsigned most, Reply reply) override;
  void tag(const std::string& domain, const std::string& class_name, const Parameters& parameters,
           Reply reply) override;
  void tag_and_adapt(const std::string& domain, const std::string& class_name, const Parameters& parameters,
                     Reply reply) override;
  void untag(const std::string& domain, Reply reply) override;
  void reload(Reply reply) override;
  [[nodiscard]] unsigned claim_count() const override;
  [[nodiscard]] bool libvirt_connected() const override { return parts_.domains.connected(); }

 private:
  /// The subject of a claim by what the user typed, without asking libvirt; none if no claim matches.
  [[nodiscard]] std::optional<Subject> claimed_subject(const std::string& typed) const;
  /// The same, asking libvirt where needed; `then` gets the subject, or `reply` the error.
  void with_subject(const std::string& typed, Reply reply, std::function<void(const Subject&, Reply)> then);
  void with_domain(const std::string& typed, Reply reply, std::function<void(const DomainRecord&, Reply)> then);
  [[nodiscard]] Result<std::string> apply_now(const std::string& class_name, const Parameters& parameters,
                                              const DomainDefinition* domain, bool permanent);
  [[nodiscard]] Result<std::string> release_now(const Subject& subject, const std::string& class_name);

  Parts parts_;
};

}  // namespace acdr

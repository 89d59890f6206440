// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.hpp"

namespace acdr {

/// How an asynchronous call answers: exactly once, with the reply's text (JSON) or an error.
using Reply = std::function<void(Result<std::string>)>;
using Parameters = std::map<std::string, std::string>;

/// What the bus object org.acdr1.Manager asks of the daemon. `subject` is what the user typed: "host", or a domain's
/// name, uuid or id. Authorisation has been settled before any of these is called. Replies are JSON of a documented,
/// stable shape (docs/dbus.md, engine/report.hpp); "" where a method returns nothing.
class ManagerHandler {
 public:
  ManagerHandler() = default;
  ManagerHandler(const ManagerHandler&) = delete;
  ManagerHandler& operator=(const ManagerHandler&) = delete;
  virtual ~ManagerHandler() = default;

  virtual void apply(const std::string& class_name, const std::string& subject, const Parameters& parameters,
                     bool permanent, Reply reply) = 0;
  virtual void release(const std::string& subject, const std::string& class_name, Reply reply) = 0;
  virtual void plan(const std::string& class_name, const std::string& subject, const Parameters& parameters,
                    Reply reply) = 0;
  virtual void status(const std::string& subject, Reply reply) = 0;  ///< subject "" = all
  virtual void verify(const std::string& subject, Reply reply) = 0;
  virtual void list_classes(Reply reply) = 0;
  virtual void show_class(const std::string& class_name, const Parameters& parameters, Reply reply) = 0;
  virtual void topology(Reply reply) = 0;
  virtual void log(unsigned most, Reply reply) = 0;
  virtual void tag(const std::string& domain, const std::string& class_name, const Parameters& parameters,
                   Reply reply) = 0;
  /// Tags, and adds to the persistent definition what the class needs and it lacks.
  virtual void tag_and_adapt(const std::string& domain, const std::string& class_name, const Parameters& parameters,
                             Reply reply) = 0;
  virtual void untag(const std::string& domain, Reply reply) = 0;
  virtual void reload(Reply reply) = 0;  ///< reads the class documents again

  [[nodiscard]] virtual unsigned claim_count() const = 0;
  [[nodiscard]] virtual bool libvirt_connected() const = 0;
};

}  // namespace acdr

#pragma once
// Announcer: tells the user of the library what happened that nobody asked for: events as JSON, log lines as text.
// Threads: the loop's.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "client/settings.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

class Announcer {
 public:
  /// Lifetime: `settings` outlives this.
  explicit Announcer(const ClientSettings& settings) : settings_(settings) {}

  /// `members` is an object; "event" and "message" are added. Also a log line (info).
  void event(const char* name, const std::string& message, nlohmann::json members) const;
  void log(LogLevel level, const std::string& message) const;
  /// "CODE: message".
  void log(LogLevel level, const std::string& what, const base::Error& error) const;

 private:
  const ClientSettings& settings_;
};

}  // namespace ferry::client

#include "client/announcer.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"

namespace ferry::client {

void Announcer::event(const char* name, const std::string& message, nlohmann::json members) const {
  log(LogLevel::info, std::string(name) + ": " + message);
  if (!settings_.on_event) return;
  members["event"] = name;
  members["message"] = message;
  settings_.on_event(json_text(members));
}

void Announcer::log(LogLevel level, const std::string& message) const {
  if (settings_.on_log && level <= settings_.log_level) settings_.on_log(level, message);
}

void Announcer::log(LogLevel level, const std::string& what, const base::Error& error) const {
  log(level, what + ": " + error.code + ": " + error.message);
}

}  // namespace ferry::client

#include "client/json_text.hpp"

#include <nlohmann/json.hpp>

namespace ferry::client {

std::string json_text(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

int code_of(const base::Error& error) {
  if (error.code == "cancelled") return 5;
  if (error.code == "invalid_argument") return 6;
  switch (error.kind) {
    case base::ErrorKind::refusal: return 1;
    case base::ErrorKind::peer_fault: return 2;
    case base::ErrorKind::environment: return 3;
    case base::ErrorKind::bug: return 4;
  }
  return 4;
}

nlohmann::json error_json(const base::Error& error) {
  return {{"code", code_of(error)}, {"name", error.code}, {"message", error.message}};
}

}  // namespace ferry::client

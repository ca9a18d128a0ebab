// How an error travels: {"error": {"kind", "code", "message"}}.

#include <nlohmann/json.hpp>

#include "channels/chain/json_reader.hpp"
#include "channels/chain/ledger_json.hpp"

namespace ferry::chain {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxMessage = 500;

std::optional<base::ErrorKind> kind_named(std::string_view name) {
  for (const auto kind : {base::ErrorKind::refusal, base::ErrorKind::peer_fault, base::ErrorKind::environment, base::ErrorKind::bug}) {
    if (base::to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

json write_error(const base::Error& error) {
  return {{"error",
           {{"kind", base::to_string(error.kind)},
            {"code", base::printable(error.code, kMaxCode)},
            {"message", base::printable(error.message, kMaxMessage)}}}};
}

std::optional<base::Error> read_error(const json& body) {
  if (!body.is_object() || !body.contains("error")) return std::nullopt;
  JsonReader in{body["error"]};
  const auto kind = kind_named(in.text("kind", kMaxCode));
  const auto code = in.text("code", kMaxCode);
  const auto message = in.text("message", kMaxMessage);
  if (!kind || !in.finish()) return std::nullopt;
  return base::Error{*kind, base::printable(code, kMaxCode), base::printable(message, kMaxMessage)};
}

}  // namespace ferry::chain

#include "client/fetch/partial_state.hpp"

#include <nlohmann/json.hpp>

#include "client/json_text.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

std::optional<std::uint64_t> number(const json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<std::string> text(const json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

void take(const json& line, PartialState& state) {
  if (const auto url = text(line, "url")) state.url = *url;
  if (const auto validator = text(line, "validator")) state.validator = *validator;
  if (const auto length = number(line, "length"); length && *length <= content::kMaxBodyBytes) state.length = *length;
  const auto index = number(line, "chunk");
  const auto hash = base::Hash256::parse_hex(text(line, "hash").value_or(""));
  if (index && *index < content::kMaxChunks && hash) state.chunks.insert_or_assign(*index, *hash);
  const auto charge = base::Amount::parse_btt(text(line, "charge").value_or(""));
  if (charge) state.charged = state.charged.plus_saturated(*charge);
}

}  // namespace

std::string PartialState::line_of_url(const std::string& url) { return json_text({{"ferry", 1}, {"url", url}}) + "\n"; }

std::string PartialState::line_of_head(const std::string& validator, std::optional<std::uint64_t> length) {
  json line{{"validator", validator}};
  if (length) line["length"] = *length;
  return json_text(line) + "\n";
}

std::string PartialState::line_of_chunk(std::uint64_t index, const base::Hash256& hash, base::Amount charge) {
  return json_text({{"chunk", index}, {"hash", hash.hex()}, {"charge", charge.to_btt()}}) + "\n";
}

PartialState PartialState::parse(std::string_view text) {
  PartialState state;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut short
    const auto line = json::parse(text.substr(0, end), nullptr, false);
    if (line.is_object()) take(line, state);
    text.remove_prefix(end + 1);
  }
  return state;
}

}  // namespace ferry::client

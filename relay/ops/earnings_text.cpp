#include "relay/ops/earnings_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ferry::relay {

using Json = nlohmann::ordered_json;

namespace {

std::string member(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void line(std::string& out, const char* name, const std::string& value, const char* meaning) {
  out += fmt::format("{:<12} {:>28}  {}\n", name, value, meaning);
}

}  // namespace

std::string earnings_text(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return text;
  std::string out;
  line(out, "earned", member(json, "earned"), "delivered to clients");
  line(out, "promised", member(json, "promised"), "covered by vouchers");
  line(out, "owed", member(json, "owed"), "delivered on credit, not promised yet");
  line(out, "claimable", member(json, "claimable"), "promised, earned and not claimed");
  line(out, "claimed", member(json, "claimed"), "on the ledger");
  line(out, "unsettled", member(json, "unsettled"), "claimed, not yet with the beneficiary, by all relays that pay it");
  line(out, "settled", member(json, "settled"), "with the beneficiary");
  line(out, "written off", member(json, "written_off"), "promised and earned, but emptied before it was claimed");
  line(out, "fees paid", member(json, "fees_paid"), "in the chain's coin");
  if (json.contains("fee_money")) line(out, "fee money", member(json, "fee_money"), "what the relay's own account can pay fees with");
  out += fmt::format("transactions of unknown fate: {}\n", member(json, "transactions_pending"));
  for (const auto& refused : json.value("refused", Json::array())) {
    out += fmt::format("refused: channel {}: {}\n", member(refused, "channel"), member(refused, "why"));
  }
  if (const auto trouble = json.value("trouble", std::string{}); !trouble.empty()) out += "trouble: " + trouble + "\n";
  return out;
}

std::string settlement_text(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return text;
  std::string out;
  for (const auto& claim : json.value("claims", Json::array())) {
    out += fmt::format("{} {}  brings {}, costs {}: {}\n", claim.value("claim", false) ? "claim" : "leave", member(claim, "channel"), member(claim, "brings"),
                       member(claim, "costs"), member(claim, "reason"));
  }
  if (const auto left_out = json.value("left_out", std::uint64_t{0}); left_out > 0) out += fmt::format("… and {} more channels: --all lists them\n", left_out);
  out += fmt::format("claims: {} of {}, bringing {} for {}\n", member(json, "claimed_channels"), member(json, "channels"),
                     member(json, "claims_bring"), member(json, "claims_cost"));
  out += fmt::format("settle: {} now, costs {}: {}\n", member(json, "unsettled"), member(json, "settle_costs"), member(json, "settle"));
  return out;
}

}  // namespace ferry::relay

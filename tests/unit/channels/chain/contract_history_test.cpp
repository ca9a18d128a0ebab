// The Solidity contract and these rules must not be told apart: a random history that the contract went through (channels/contracts,
// recorded_history.mjs) is repeated here, with the same signatures, outcome by outcome, event by event and unit by unit.

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "channels/chain/contract_rules.hpp"
#include "tests/unit/channels/chain/contract_world.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;
using nlohmann::json;

namespace {

using Events = std::vector<std::pair<std::string, std::string>>;  // name, amount

Address address_in(const json& text) { return Address::parse(text.get<std::string>()).value(); }
Amount amount_in(const json& text) { return Amount::parse_units(text.get<std::string>()).value(); }

base::Signature signature_in(const json& text) {
  return base::Signature::from(base::from_hex(text.get<std::string>().substr(2)).value()).value();
}

channels::ChannelConfig config_in(const json& fields) {
  channels::ChannelConfig config;
  config.payer = address_in(fields["payer"]);
  config.payer_authorizer = address_in(fields["payerAuthorizer"]);
  config.receiver = address_in(fields["receiver"]);
  config.receiver_authorizer = address_in(fields["receiverAuthorizer"]);
  config.token = address_in(fields["token"]);
  config.withdraw_delay = fields["withdrawDelay"].get<std::uint64_t>();
  config.salt = base::Salt{base::Hash256::parse_hex(fields["salt"].get<std::string>().substr(2)).value().data};
  return config;
}

std::string name_of(EventKind kind) {
  switch (kind) {
    case EventKind::deposited: return "deposited";
    case EventKind::claimed: return "claimed";
    case EventKind::settled: return "settled";
    case EventKind::withdraw_initiated: return "withdraw_initiated";
    case EventKind::withdraw_finalized: return "withdraw_finalized";
    case EventKind::refunded: return "refunded";
    case EventKind::channel_closed: return "channel_closed";
  }
  return "";
}

/// The recorded history over the rules.
struct RecordedWorld {
  RecordedWorld() {
    std::ifstream file(FERRY_SOURCE_DIR "/tests/vectors/contract_history.json");
    record = json::parse(file);
    terms.domain = base::Domain{record["chainId"].get<std::uint64_t>(), address_in(record["contract"])};
    terms.domain_separator = base::domain_separator(terms.domain);
    terms.token = address_in(record["token"]);
    for (const auto& account : record["accounts"]) storage.accounts[address_in(account[0])] = amount_in(account[1]);
    for (const auto& fields : record["configs"]) configs.push_back(config_in(fields));
  }

  channels::ClaimRow row(std::size_t number) const {
    const auto& fields = record["rows"][number];
    return {configs.at(fields["config"].get<std::size_t>()), amount_in(fields["ceiling"]), signature_in(fields["signature"]), amount_in(fields["total"])};
  }

  Action action_in(const json& call) const {
    const auto kind = call["action"].get<std::string>();
    if (kind == "settle") return Settle{address_in(call["receiver"]), terms.token};
    if (kind == "claim") {
      Claim claim;
      for (const auto& number : call["rows"]) claim.rows.push_back(row(number.get<std::size_t>()));
      if (call.contains("batch")) claim.batch_signature = signature_in(call["batch"]);
      return claim;
    }
    const auto& config = configs.at(call["config"].get<std::size_t>());
    if (kind == "finalize_withdraw") return FinalizeWithdraw{config};
    const auto amount = amount_in(call["amount"]);
    if (kind == "deposit") return Deposit{config, amount};
    if (kind == "initiate_withdraw") return InitiateWithdraw{config, amount};
    if (kind == "refund_by_signature") {
      return RefundBySignature{config, amount, call["nonce"].get<std::uint64_t>(), signature_in(call["signature"])};
    }
    REQUIRE(kind == "refund");
    return Refund{config, amount};
  }

  /// "ok" with its events, or the code of the no.
  std::pair<std::string, Events> run(const json& call) {
    const auto now = at_seconds(call["after"].get<std::int64_t>());
    const auto changes = execute(terms, storage, action_in(call), address_in(call["from"]), now);
    if (!changes) return {changes.error().code, {}};
    storage.apply(*changes);
    Events events;
    for (const auto& event : changes->events) events.emplace_back(name_of(event.kind), event.amount.to_units_text());
    return {"ok", events};
  }

  json record;
  std::vector<channels::ChannelConfig> configs;
  ContractTerms terms;
  MapStorage storage;
};

}  // namespace

TEST_CASE_FIXTURE(RecordedWorld, "contract: repeats a history of the Solidity contract to the last unit") {
  REQUIRE(record["calls"].size() >= 100);
  for (std::size_t i = 0; i < record["calls"].size(); ++i) {
    const auto& call = record["calls"][i];
    INFO("call " << i << ": " << call.dump());
    const auto [outcome, events] = run(call);
    REQUIRE(outcome == call["outcome"].get<std::string>());
    REQUIRE(events == call["events"].get<Events>());
  }
  for (const auto& account : record["accountsAfter"]) {
    INFO(account.dump());
    CHECK(*storage.account(address_in(account[0])) == amount_in(account[1]));
  }
  for (const auto& channel : record["channels"]) {
    INFO(channel.dump());
    const auto ready = channel["ready"].get<std::int64_t>();
    const channels::ChainChannel expected{amount_in(channel["balance"]), amount_in(channel["claimed"]), amount_in(channel["pending"]),
                                          ready == 0 ? base::Time{} : at_seconds(ready), channel["closed"].get<bool>()};
    const auto& config = configs.at(channel["config"].get<std::size_t>());
    CHECK(*storage.channel(channels::channel_id(terms.domain_separator, config)) == expected);
  }
}

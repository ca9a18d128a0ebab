#include "relay/ops/admin_api.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace ferry::relay {

namespace {

using Json = nlohmann::ordered_json;

/// Texts may hold anything: what is no UTF-8 is replaced, never thrown about.
std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

const char* status_text(channels::ChannelStatus status) {
  switch (status) {
    case channels::ChannelStatus::open: return "open";
    case channels::ChannelStatus::draining: return "withdrawing";
    case channels::ChannelStatus::closed: return "closed";
  }
  return "unknown";
}

Json channel_json(const base::ChannelId& id, const channels::RelayChannel& channel) {
  Json out{{"channel", "0x" + id.hex()},
           {"payer", channel.config.payer.to_eip55()},
           {"status", status_text(channel.status)},
           {"balance", channel.chain.balance.to_btt()},
           {"charged", channel.charged.to_btt()},
           {"ceiling", channel.ceiling.to_btt()},
           {"confirmed", channel.confirmed.to_btt()},
           {"total_claimed", channel.chain.total_claimed.to_btt()},
           {"claimable", channel.claimable().to_btt()},
           {"pending_withdraw", channel.chain.pending_withdraw.to_btt()},
           {"withdraw_at_ms", channel.chain.withdraw_at.unix_ms},
           {"withdraw_delay_seconds", channel.config.withdraw_delay}};
  return out;
}

}  // namespace

std::string error_json(const base::Error& error) {
  return text_of(Json{{"error", {{"kind", std::string(base::to_string(error.kind))}, {"code", error.code}, {"message", error.message}}}});
}

std::string status_json(const RelayStatus& s) {
  const auto reasons = s.not_ready();
  return text_of(Json{
      {"software", s.facts->software},
      {"relay", s.facts->reference},
      {"ledger", s.facts->ledger},
      {"ledger_name", s.facts->ledger_name},
      {"beneficiary", s.facts->beneficiary},
      {"started_ms", s.facts->started.unix_ms},
      {"now_ms", s.now.unix_ms},
      {"ready", reasons.empty()},
      {"not_ready", reasons},
      {"notes", s.notes()},
      {"sessions", s.sessions_open},
      {"streams", s.streams_open},
      {"connections", s.connections_open},
      {"requests", s.requests},
      {"requests_refused", s.requests_refused},
      {"chunks", {{"hit", s.chunks_hit}, {"miss", s.chunks_miss}, {"redelivered", s.chunks_redelivered}, {"witnessed", s.chunks_witnessed}}},
      {"payload_bytes", s.payload_bytes},
      {"tunnels", s.tunnels},
      {"tunnels_open", s.tunnels_open},
      {"tunnel_down_bytes", s.tunnel_down_bytes},
      {"tunnel_up_bytes", s.tunnel_up_bytes},
      {"vouchers", {{"accepted", s.vouchers_accepted}, {"refused", s.vouchers_refused}}},
      {"peer_faults", s.peer_faults},
      {"journal", {{"bytes", s.journal_bytes}, {"records", s.journal_records}, {"commits", s.journal_commits}, {"failed", s.journal_failed}}},
      {"cache",
       {{"memory_bytes", s.cache.memory_bytes},
        {"disk_bytes", s.cache.disk_bytes},
        {"objects", s.cache.objects},
        {"disk_writable", s.cache.disk_writable}}},
      {"process", {{"resident_bytes", s.process.resident_bytes}, {"open_files", s.process.open_files}, {"max_files", s.process.max_files}}}});
}

std::string earnings_json(const RelayStatus& s) {
  const auto& totals = s.totals;
  Json json{{"channels", totals.channels},
                      {"earned", totals.charged.to_btt()},
                      {"promised", totals.promised.to_btt()},
                      {"owed", totals.owed.to_btt()},
                      {"claimable", totals.claimable.to_btt()},
                      {"claimed", totals.claimed.to_btt()},
                      {"unsettled", s.settlement.unsettled.to_btt()},
                      {"settled", totals.claimed.minus_floored(s.settlement.unsettled).to_btt()},
                      {"last_claim_ms", s.settlement.last_claim.unix_ms},
                      {"ledger_last_seen_ms", s.settlement.last_seen.unix_ms},
                      {"transactions_pending", s.settlement.pending},
                      {"trouble", s.settlement.trouble},
                      {"ledger_name", s.facts->ledger_name},
                      {"beneficiary", s.facts->beneficiary},
                      {"written_off", totals.lost.to_btt()},
                      {"fees_paid", s.settlement.fees.to_btt()}};
  if (s.settlement.fee_money) {
    json["fee_money"] = s.settlement.fee_money->to_btt();
    json["fee_money_wanted"] = s.settlement.fee_money_wanted.to_btt();
  }
  Json refused = Json::array();
  for (const auto& claim : s.settlement.refused) {
    refused.push_back({{"channel", "0x" + claim.channel.hex()}, {"why", claim.why}, {"at_ms", claim.at.unix_ms}});
  }
  json["refused"] = std::move(refused);
  return text_of(json);
}

std::string settlement_json(const SettlementPreview& preview, std::size_t limit) {
  Json claims = Json::array();
  base::Amount bring, cost;
  std::uint64_t claimed = 0;
  std::map<std::string, std::uint64_t> reasons;
  for (const auto& claim : preview.claims) {
    ++reasons[std::string(to_string(claim.reason))];
    const bool taken = is_claimed(claim.reason);
    if (taken) {
      ++claimed;
      bring = bring.plus_saturated(claim.brings);
      cost = cost.plus_saturated(claim.costs);
    }
    if (claims.size() == limit) continue;
    claims.push_back({{"channel", "0x" + claim.channel.hex()},
                      {"brings", claim.brings.to_btt()},
                      {"costs", claim.costs.to_btt()},
                      {"claim", taken},
                      {"reason", std::string(to_string(claim.reason))}});
  }
  const auto left_out = preview.claims.size() - claims.size();
  return text_of(Json{{"claims", std::move(claims)},
                      {"left_out", left_out},
                      {"channels", preview.claims.size()},
                      {"reasons", reasons},
                      {"claimed_channels", claimed},
                      {"claims_bring", bring.to_btt()},
                      {"claims_cost", cost.to_btt()},
                      {"cost_per_claim", preview.costs.per_claim.to_btt()},
                      {"cost_per_row", preview.costs.per_row.to_btt()},
                      {"unsettled", preview.unsettled.to_btt()},
                      {"settle_costs", preview.costs.settle.to_btt()},
                      {"settle", std::string(to_string(preview.settle))}});
}

std::string policy_json(const RelayFacts& facts) {
  const auto& tariff = facts.tariff;
  return text_of(Json{{"policy", facts.policy},
                      {"policy_hash", facts.policy_hash},
                      {"tariff",
                       {{"hit", tariff.hit.to_btt()},
                        {"miss", tariff.miss.to_btt()},
                        {"tunnel_down", tariff.tunnel_down.to_btt()},
                        {"tunnel_up", tariff.tunnel_up.to_btt()},
                        {"per_request", tariff.per_request.to_btt()},
                        {"min", tariff.min.to_btt()},
                        {"max", tariff.max.to_btt()}}}});
}

std::string channels_json(const std::vector<std::pair<base::ChannelId, channels::RelayChannel>>& channels) {
  std::vector<const std::pair<base::ChannelId, channels::RelayChannel>*> sorted;
  for (const auto& channel : channels) sorted.push_back(&channel);
  std::ranges::sort(sorted, [](const auto* a, const auto* b) {
    const auto rank = [](const auto* c) { return std::pair{c->second.status == channels::ChannelStatus::closed, c->first}; };
    const auto worth_a = a->second.claimable(), worth_b = b->second.claimable();
    if (rank(a).first != rank(b).first) return rank(a).first < rank(b).first;
    return worth_a != worth_b ? worth_a > worth_b : a->first < b->first;
  });
  Json list = Json::array();
  for (const auto* channel : sorted) list.push_back(channel_json(channel->first, channel->second));
  return text_of(Json{{"channels", list}});
}

}  // namespace ferry::relay

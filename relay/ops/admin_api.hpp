#pragma once
// The JSON of the admin API. Amounts are exact decimal texts in BTT, times are Unix milliseconds. Members are only ever added.

#include <string>
#include <utility>
#include <vector>

#include "relay/ops/relay_status.hpp"

namespace ferry::relay {

std::string status_json(const RelayStatus& status);
std::string earnings_json(const RelayStatus& status);
/// What a run of claims would do, channel by channel.
/// A million channels are more than anybody reads.
inline constexpr std::size_t kListedClaims = 1000;
/// Lists at most `limit` channels, those that are claimed first; sums are of all.
std::string settlement_json(const SettlementPreview& preview, std::size_t limit = kListedClaims);
std::string policy_json(const RelayFacts& facts);
/// Open channels first, each group by what can be claimed from it.
std::string channels_json(const std::vector<std::pair<base::ChannelId, channels::RelayChannel>>& channels);
/// {"error":{"kind":…,"code":…,"message":…}}
std::string error_json(const base::Error& error);

}  // namespace ferry::relay

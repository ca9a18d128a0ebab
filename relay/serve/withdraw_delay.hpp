#pragma once
// How soon a channel may be emptied after its payer has asked for that: the relay must see it and claim before.

#include <cstdint>
#include <string>

#include "channels/channel_config.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay {

/// Of a channel that is new to the relay; `wanted` is what its welcome asks for. Refusal "channel_delay_short".
inline base::Result<void> check_withdraw_delay(const channels::ChannelConfig& config, std::uint64_t wanted) {
  if (config.withdraw_delay >= wanted) return {};
  return base::fail(base::refusal("channel_delay_short", "the channel can be emptied " + std::to_string(config.withdraw_delay) + " s after that was asked for, and this relay wants " +
                                                             std::to_string(wanted) + " s: withdraw the money and open another channel"));
}

}  // namespace ferry::relay

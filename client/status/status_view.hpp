#pragma once
// StatusView: what the local proxy shows of itself at one moment, as values: for its page, for /status.json and for `ferry wallet`. Filled by
// the proxy; nothing here reads a clock or a socket.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/usage/spending_limits.hpp"
#include "client/usage/usage_book.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

/// BTT per MiB.
struct RelayPrices {
  base::Amount hit;
  base::Amount miss;
  base::Amount tunnel_down;
  base::Amount tunnel_up;
};

struct RelayState {
  std::string name;  ///< its reference
  bool connected = false;
  std::optional<base::Duration> latency;
  std::optional<RelayPrices> prices;  ///< the newest known
  Usage today;
};

struct TunnelState {
  std::string app;
  std::string host;
  std::uint16_t port = 0;
  std::string relay;
  Usage usage;  ///< spent: charged so far
  base::Duration age{};
};

struct StatusView {
  base::Time now;
  std::string version;
  std::string proxy_address;  ///< "127.0.0.1:1080"
  std::vector<RelayState> relays;
  std::vector<BudgetState> budgets;
  Usage this_hour;
  Usage today;
  std::vector<UsageRow> apps;         ///< today's, dearest first, as UsageTable::rows() gives them
  std::vector<UsageRow> hosts;
  std::vector<UsageRow> relay_usage;
  std::vector<std::pair<std::string, std::uint64_t>> fetched;  ///< since the start, by the level of verification that was reached, or "not reached"
  std::vector<TunnelState> tunnels;
  std::vector<MinuteUsage> last_hour;  ///< oldest first, as UsageBook::last_hour() gives them
  std::optional<base::Amount> wallet_balance;
  std::optional<base::Amount> channel_balance;  ///< spendable in all channels
};

/// One line; amounts are BTT texts, what is not known is null.
std::string status_json(const StatusView& view);

/// A page that needs nothing else, runs no script and loads itself anew every five seconds; to be sent with kStatusPagePolicy.
std::string status_page(const StatusView& view);

/// For Content-Security-Policy.
inline constexpr const char* kStatusPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace ferry::client

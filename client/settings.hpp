#pragma once
// ClientSettings: everything that a user of the library can set, as values with their defaults, and the few things that tests replace. Never
// changes while the client runs, but for its budget.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "channels/chain/ledger_url.hpp"
#include "client/transport/relay_reference.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

/// Wall time, the one that quotes are compared with. Threads: any.
using Clock = std::function<base::Time()>;
base::Time wall_clock();

enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// How long to go on trying when relays fail.
struct Patience {
  base::Duration first_contact{5'000};   ///< while nothing has arrived yet
  base::Duration after_progress{60'000}; ///< since the last chunk: a relay may be starting again
  base::Duration second_relay{1'500};    ///< without a word on what it has from the first relay: another one is asked as well
  base::Duration opening{5'000};         ///< instead of that, for a relay that answers and with which a channel is being opened: a rival would open one too
  base::Duration first_pause{200};       ///< between two attempts at one relay; doubles up to the longest
  base::Duration longest_pause{5'000};
  base::Duration answer{30'000};         ///< for what a relay answers from its own knowledge
  base::Duration on_chain{900'000};      ///< for a transaction that was sent to a chain to be confirmed, and for the relay to see it too
  base::Duration outbid_after{300'000};  ///< a transaction that waits longer is sent again for a higher fee; above what 32 confirmations take on BTTC
  base::Duration look_again{2'000};      ///< between two looks at what takes a chain's time
  base::Duration stalled{90'000};        ///< a stream on which nothing comes although something was asked for; origins may be slow
};

struct ClientSettings {
  std::filesystem::path data_dir;
  std::vector<RelayReference> relays;
  bool discover = false;                   ///< ask relays for others, and use those too
  std::vector<RelayReference> bootstrap;   ///< asked for others, not used themselves unless they are found
  std::vector<std::string> bootstrap_names;  ///< in whose TXT records more of these stand
  std::vector<chain::LedgerUrl> chains;    ///< of kind chain: the only ones on which money is moved
  std::optional<base::Amount> budget;
  std::optional<base::Amount> max_price;   ///< per MiB
  base::Amount deposit = base::Amount::btt(2'000);
  std::uint32_t prepay_chunks = 4;
  bool choose_by_score = false;            ///< else relays are tried in the order in which they are named
  bool use_faucet = false;
  std::string software;
  std::function<void(const std::string& json)> on_event;         ///< on the loop
  std::function<void(LogLevel level, const std::string& message)> on_log;  ///< on the loop
  LogLevel log_level = LogLevel::warning;
  Clock clock = &wall_clock;
  Patience patience;
};

}  // namespace ferry::client

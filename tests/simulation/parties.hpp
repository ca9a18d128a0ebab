#pragma once
// SimRelay and SimClient: what is real of a relay and of a client in a simulation (ledgers, prices, cache, scores), and the lines that they are on.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "channels/payer_ledger.hpp"
#include "channels/relay_ledger.hpp"
#include "client/relays/sampled_order.hpp"
#include "pricing/quote.hpp"
#include "pricing/tariff.hpp"
#include "protocol/base/key.hpp"
#include "relay/shared/chunk_memory.hpp"

namespace ferry::simulation {

/// One byte in a cache stands for so many of a body: the real class with its real order of eviction, without the bytes.
inline constexpr std::uint64_t kScale = 4096;
inline constexpr std::uint64_t kChunkBytes = 256 * 1024;

/// A line that carries one chunk after the other.
struct Line {
  double bytes_per_second = 0;
  double delay_seconds = 0;  ///< one way
  double free_at = 0;

  /// When something that is there at `from` has passed, not counting the way.
  double carry(double from, std::uint64_t bytes);
};

struct SimRelay {
  SimRelay(base::SecretKey secret, std::uint64_t cache_bytes);

  base::SecretKey key;
  channels::RelayLedger ledger;
  std::unique_ptr<relay::ChunkMemory> cache;
  pricing::Tariff tariff;
  Line line;
  bool lies = false;
  double from = 0;                ///< it is there from then
  std::optional<double> until;    ///< and dies then
  std::uint64_t bytes = 0;        ///< sold
  std::uint64_t chunks = 0, hits = 0, lies_told = 0;
  std::optional<double> first_sale;

  bool is_there(double now) const { return now >= from && (!until || now < *until); }
};

struct SimClient {
  explicit SimClient(base::SecretKey secret);

  base::SecretKey key;
  channels::PayerLedger ledger;
  Line line;
  std::vector<std::uint32_t> known;                  ///< relays, in the order in which it was told of them
  double told_at = -1e9;
  std::map<std::uint32_t, client::RelayScore> scores;
  std::set<std::uint32_t> marked;
  std::map<std::uint32_t, base::ChannelId> channels;
  std::uint32_t left = 0;                            ///< fetches to make
};

/// A channel between the two, with a deposit that is enough for everything; and all that is owed and `ahead` more promised, with real signatures.
base::ChannelId channel_between(SimClient& client, SimRelay& relay, std::uint32_t number);
void promise(SimClient& client, SimRelay& relay, const base::ChannelId& channel, base::Amount ahead);

}  // namespace ferry::simulation

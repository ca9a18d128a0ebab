#pragma once
// SimRelay: one relay: its real ledger, tariff and memory for chunks, the line that it is on, and how it behaves. What it does in one connection is
// RelayEnd's.

#include <optional>
#include <unordered_map>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "pricing/tariff.hpp"
#include "protocol/base/key.hpp"
#include "relay/shared/chunk_memory.hpp"
#include "tests/simulation/line.hpp"
#include "tests/simulation/world.hpp"

namespace ferry::simulation {

enum class Manner : std::uint8_t { honest, corrupts, overcharges };

class SimRelay {
 public:
  SimRelay(World& world, std::size_t number, base::SecretKey secret, double bytes_per_second);

  bool is_there() const { return world.events.now() >= from && world.events.now() < until; }
  /// Held now; makes it the most recently used.
  bool finds(ObjectNumber object, std::uint64_t index);
  bool holds(ObjectNumber object, std::uint64_t index) const;
  void keeps(ObjectNumber object, std::uint64_t index);
  /// It has seen some of the object, or every chunk.
  bool knows(ObjectNumber object) const { return seen_.contains(object); }
  bool knows_all(ObjectNumber object) const;
  /// By the ledgers' rules, over all channels: what was charged and can be claimed.
  base::Amount earned() const;

  World& world;
  const std::size_t number;
  base::SecretKey key;
  channels::RelayLedger ledger;
  pricing::Tariff tariff = pricing::Tariff::standard();
  Line line;
  double delay = 0;  ///< one way to the middle of the network
  Manner manner = Manner::honest;
  bool is_slow = false;
  double from = 0, until = 1e300;
  std::uint64_t bytes = 0;  ///< delivered and owed
  std::uint64_t quotes = 0;
  std::uint64_t nonces = 0;
  std::optional<double> first_sale;
  std::uint64_t quotes_before_sale = 0;

 private:
  relay::ChunkMemory memory_;
  std::unordered_map<ObjectNumber, std::pair<std::uint64_t, std::vector<bool>>> seen_;  ///< how many chunks, and which
};

}  // namespace ferry::simulation

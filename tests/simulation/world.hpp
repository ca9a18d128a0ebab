#pragma once
// World: what all parts of one simulation share: its clock, its chance, what origins have, what the chain says, and the tally of what happened.

#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "protocol/base/typed_data.hpp"
#include "tests/simulation/catalogue.hpp"
#include "tests/simulation/event_queue.hpp"

namespace ferry::simulation {

inline constexpr double kOriginDelay = 0.15;     ///< until an origin's first byte is at the relay
inline constexpr double kOriginRate = 6.25e6;    ///< bytes per second
inline constexpr double kConnectTimeout = 10;    ///< as WebSocketLink::kConnectTimeout
inline constexpr double kLossNoticed = 20;       ///< as kUnacknowledged of client/transport/network_path.hpp
inline constexpr int kDialTrips = 3;             ///< round trips before the first message: TCP, TLS 1.3, WebSocket
inline constexpr int kQuestionTrips = 1;         ///< what it would cost, asked before a first deposit
inline constexpr int kDepositTrips = 5;          ///< of a deposit on the embedded ledger: info, balance, nonce, submit, channel

inline base::Address filled_address(std::uint8_t fill) {
  base::Address address;
  address.data.fill(fill);
  return address;
}
inline const base::Address kToken = filled_address(0x77);
inline const base::Domain kLedger{1337, filled_address(0x55)};
inline const base::Hash256 kDomain = base::domain_separator(kLedger);

/// Counted where it happens, beside what the ledgers say of themselves.
struct Tally {
  std::uint64_t fetches = 0, failed = 0;                      ///< that ended
  std::uint64_t bytes = 0, hit_bytes = 0, twice_bytes = 0;    ///< delivered to receivers; paid although another relay had brought it
  std::uint64_t wrong_chunks = 0;                             ///< delivered, and not what the origin has
  std::uint64_t lies_told = 0, lies_found = 0;
  std::uint64_t rivals = 0, switches = 0;                     ///< second relays asked for their head; relays that fetches went on without
  std::uint64_t wide = 0, helpers = 0;                        ///< fetches from several relays at once; relays that were asked for a part
  std::uint64_t chosen_although_blamed = 0;                   ///< and not everybody else was
  std::uint64_t payment_timeouts = 0;                         ///< streams that relays gave up because no voucher came
  std::uint64_t channels = 0, deposits = 0, vouchers = 0, sessions = 0;
  base::Amount paid_hit, paid_miss, paid_fees;                ///< owed by clients
  base::Amount expected;                                      ///< the same from tariffs and sizes alone
  base::Amount deposited;
  std::vector<float> first_byte;                              ///< seconds, of every fetch that got one
  std::vector<float> seconds;                                 ///< of every fetch that was completed
  std::vector<float> bad_first_byte;                          ///< of those that met a relay that lied, died or did not answer
};

struct World {
  explicit World(const Settings& with) : settings(with), random(with.seed), catalogue(settings, random) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  base::Time time() const { return base::Time{1'700'000'000'000 + static_cast<std::int64_t>(events.now() * 1000)}; }
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(random() >> 11U) * 0x1p-53; }

  const Settings settings;
  EventQueue events;
  std::mt19937_64 random;
  Catalogue catalogue;
  std::unordered_map<base::ChannelId, channels::ChainChannel, base::Bytes32Hasher> chain;
  Tally tally;
};

/// What cannot fail in a simulation ends it when it does.
[[noreturn]] void impossible(const base::Error& error);
template <typename T>
T must(base::Result<T> result) {
  if (!result) impossible(result.error());
  return std::move(*result);
}

}  // namespace ferry::simulation

#pragma once
// The channel contract's logs: which are asked for, and what they say. Every log of the contract has the receiver as its third topic, so a
// relay asks for its own. Pure. Source: channels/contracts, the interface's events.

#include <cstdint>
#include <optional>
#include <vector>

#include "channels/chain/chain_backend.hpp"

namespace ferry::chain::evm {

/// A log as a node gives it.
struct Log {
  base::Address address;
  std::vector<base::Hash256> topics;  ///< at most four
  base::Bytes data;
  std::uint64_t block = 0;
  base::Hash256 block_hash;
  base::Hash256 transaction;
  std::uint64_t index = 0;  ///< in its block
  friend bool operator==(const Log&, const Log&) = default;
};

/// The first topic of an event.
base::Hash256 topic_of(EventKind kind);
/// Those of all events that become a ChainEvent.
std::vector<base::Hash256> all_topics();
/// An address as a topic.
base::Hash256 topic_of(const base::Address& address);

/// Log indexes that a sequence has room for; no block holds so many.
inline constexpr std::uint64_t kMaxLogIndex = 0xfe000;
/// Where a log stands among all: grows with block and index. Precondition: index < 2^20.
constexpr std::uint64_t sequence_of(std::uint64_t block, std::uint64_t index) { return (block << 20U) | index; }
constexpr std::uint64_t block_of_sequence(std::uint64_t sequence) { return sequence >> 20U; }
/// Blocks above this have no sequence that every reader of JSON keeps exactly.
inline constexpr std::uint64_t kMaxBlock = (std::uint64_t{1} << 33U) - 2;

/// The event without its time. nullopt: settled in another token. Errors: peer_fault "abi" (not of this contract, receiver and list of
/// events, or in another form).
base::Result<std::optional<ChainEvent>> read_log(const Log& log, const base::Address& contract, const base::Address& receiver,
                                                 const base::Address& token);

/// The channel of one ChannelCreated log. Errors: peer_fault "abi" (not of this contract, payer and event, or in another form: its id must be that of
/// what it says). Source: channels/contracts, the interface's events.
base::Result<channels::ChannelConfig> read_created(const Log& log, const base::Domain& domain, const base::Address& payer);

/// The first topic of that event.
base::Hash256 created_topic();

}  // namespace ferry::chain::evm

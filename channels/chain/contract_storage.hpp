#pragma once
// What the channel contract remembers, and the interface through which its rules read it. The embedded ledger keeps it in SQLite, tests in
// maps. Nothing is written through it: the rules return their Changes, which the owner stores in one step or not at all.

#include <cstdint>
#include <map>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/relay_ledger.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain {

/// What channels have brought a receiver; both only grow.
struct Receivable {
  base::Amount claimed;
  base::Amount settled;  ///< of these, moved to the receiver's account; never above `claimed`
  friend bool operator==(const Receivable&, const Receivable&) = default;
};

/// What was never stored reads as all zero. Errors (environment) come from the storage alone and end the transaction.
class ContractStorage {
 public:
  virtual ~ContractStorage() = default;
  virtual base::Result<base::Amount> account(const base::Address& address) const = 0;
  virtual base::Result<channels::ChainChannel> channel(const base::ChannelId& id) const = 0;
  virtual base::Result<Receivable> receivable(const base::Address& receiver) const = 0;
  /// How many refunds by signature the channel has had.
  virtual base::Result<std::uint64_t> refund_nonce(const base::ChannelId& id) const = 0;
};

/// A ChainEvent before the ledger has numbered and dated it.
struct ContractEvent {
  EventKind kind{};
  base::ChannelId channel;
  base::Address receiver;
  base::Amount amount;
  friend bool operator==(const ContractEvent&, const ContractEvent&) = default;
};

/// The new values of everything that one transaction has touched.
struct Changes {
  std::map<base::Address, base::Amount> accounts;
  std::map<base::ChannelId, channels::ChainChannel> channels;
  std::map<base::Address, Receivable> receivables;
  std::map<base::ChannelId, std::uint64_t> refund_nonces;
  std::vector<ContractEvent> events;
};

}  // namespace ferry::chain

#pragma once
// A contract in memory: storage in maps and the rules over it, for tests that need no ledger.

#include <map>
#include <string>
#include <vector>

#include "channels/chain/contract_rules.hpp"
#include "protocol/base/typed_data.hpp"
#include "tests/unit/channels/chain/people.hpp"

namespace ferry::chain::test {

class MapStorage final : public ContractStorage {
 public:
  base::Result<Amount> account(const Address& address) const override { return value_or_zero(accounts, address); }
  base::Result<channels::ChainChannel> channel(const base::ChannelId& id) const override { return value_or_zero(channels, id); }
  base::Result<Receivable> receivable(const Address& receiver) const override { return value_or_zero(receivables, receiver); }

  base::Result<std::uint64_t> refund_nonce(const base::ChannelId& id) const override { return value_or_zero(refund_nonces, id); }

  void apply(const Changes& changes) {
    for (const auto& [key, value] : changes.accounts) accounts[key] = value;
    for (const auto& [key, value] : changes.channels) channels[key] = value;
    for (const auto& [key, value] : changes.receivables) receivables[key] = value;
    for (const auto& [key, value] : changes.refund_nonces) refund_nonces[key] = value;
  }

  std::map<Address, Amount> accounts;
  std::map<base::ChannelId, channels::ChainChannel> channels;
  std::map<Address, Receivable> receivables;
  std::map<base::ChannelId, std::uint64_t> refund_nonces;

 private:
  template <typename Map, typename Key>
  static typename Map::mapped_type value_or_zero(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? typename Map::mapped_type{} : found->second;
  }
};

struct ContractWorld {
  ContractWorld() {
    terms.domain = base::Domain{1337, key_of(200).address()};
    terms.domain_separator = base::domain_separator(terms.domain);
    terms.token = key_of(201).address();
  }

  /// "ok" or the code of the contract's no.
  std::string run(const Action& action, const SecretKey& from) {
    events.clear();
    const auto changes = execute(terms, storage, action, from.address(), now);
    if (!changes) return changes.error().code;
    storage.apply(*changes);
    events = changes->events;
    return "ok";
  }

  void fund(const SecretKey& key, Amount amount) { storage.accounts[key.address()] = *storage.accounts[key.address()].plus(amount); }
  Amount money_of(const SecretKey& key) const { return *storage.account(key.address()); }
  base::ChannelId id_of(const channels::ChannelConfig& config) const { return channels::channel_id(terms.domain_separator, config); }
  channels::ChainChannel channel(const channels::ChannelConfig& config) const { return *storage.channel(id_of(config)); }
  channels::ClaimRow row(const channels::ChannelConfig& config, const SecretKey& session, Amount ceiling, Amount total) const {
    return row_of(terms.domain_separator, config, session, ceiling, total);
  }
  std::vector<EventKind> event_kinds() const {
    std::vector<EventKind> kinds;
    for (const auto& event : events) kinds.push_back(event.kind);
    return kinds;
  }

  /// What must be the same before and after every action.
  Amount all_money() const {
    Amount sum;
    for (const auto& [address, balance] : storage.accounts) sum = *sum.plus(balance);
    for (const auto& [id, channel] : storage.channels) sum = *sum.plus(*channel.balance.minus(channel.total_claimed));
    for (const auto& [receiver, earned] : storage.receivables) sum = *sum.plus(*earned.claimed.minus(earned.settled));
    return sum;
  }

  ContractTerms terms;
  MapStorage storage;
  base::Time now = at_seconds(0);
  std::vector<ContractEvent> events;  ///< of the last run
};

}  // namespace ferry::chain::test

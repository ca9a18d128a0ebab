#pragma once
// A stream of plausible and implausible calls by three payers, two relays and a stranger on a few channels. The same seed gives the same
// calls. Knows the vouchers it has signed, and forgets that channels close.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "channels/chain/contract_rules.hpp"
#include "tests/unit/channels/chain/people.hpp"

namespace ferry::chain::test {

struct Call {
  Action action;
  const SecretKey* from;
};

class RandomActions {
 public:
  RandomActions(std::uint64_t seed, const ContractTerms& terms) : terms_(terms), engine_(seed) {
    for (std::uint8_t i = 0; i < 6; ++i) keys_.push_back(key_of(static_cast<std::uint8_t>(10 + i)));
    for (std::uint8_t payer = 0; payer < 3; ++payer) {
      for (std::uint8_t relay = 3; relay < 5; ++relay) {
        channels_.push_back(channel_between(keys_[payer], keys_[payer], keys_[relay], keys_[relay], terms.token));
      }
    }
  }

  std::vector<const SecretKey*> everybody() const {
    std::vector<const SecretKey*> all;
    for (const auto& key : keys_) all.push_back(&key);
    return all;
  }

  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  /// `storage` is only asked for how far a channel has come, so that calls stay near what is possible.
  template <typename Storage>
  Call next(const Storage& storage) {
    auto& config = channels_[below(channels_.size())];
    const auto known = storage.channel(channels::channel_id(terms_.domain_separator, config));
    if (known->closed && below(4) == 0) ++config.salt.data[31];  // sooner or later people notice
    const auto& payer = holder(config.payer);
    const auto& relay = holder(config.receiver);
    const auto& anyone = keys_[below(keys_.size())];
    switch (below(9)) {
      case 8: return {signed_refund(config, *storage.refund_nonce(channels::channel_id(terms_.domain_separator, config)), relay), &anyone};
      case 0:
      case 1: return {Deposit{config, units(below(400))}, &payer};
      case 2: return {claim(config, *known), below(8) == 0 ? &anyone : &relay};
      case 3: return {claim_by_signature(config, *known, relay), &anyone};
      case 4: return {Settle{config.receiver, config.token}, &anyone};
      case 5: return {InitiateWithdraw{config, units(1 + below(300))}, &payer};
      case 6: return {FinalizeWithdraw{config}, &anyone};
      default: return below(3) == 0 ? Call{Refund{config, units(1 + below(100))}, below(6) == 0 ? &anyone : &relay}
                                    : Call{Transfer{anyone.address(), units(below(50))}, &keys_[below(keys_.size())]};
    }
  }

 private:
  const SecretKey& holder(const Address& address) const {
    return *std::find_if(keys_.begin(), keys_.end(), [&](const SecretKey& key) { return key.address() == address; });
  }

  channels::ClaimRow some_row(const channels::ChannelConfig& config, const channels::ChainChannel& known) {
    const auto total = *known.total_claimed.plus(units(below(150)));
    const auto ceiling = below(10) == 0 ? total.minus_floored(units(1)) : *total.plus(units(below(50)));
    const auto& signer = below(12) == 0 ? keys_.back() : holder(config.payer_authorizer);
    return row_of(terms_.domain_separator, config, signer, ceiling, total);
  }

  Claim claim(const channels::ChannelConfig& config, const channels::ChainChannel& known) {
    Claim claim{{some_row(config, known)}, std::nullopt};
    if (below(3) == 0) claim.rows.push_back(some_row(config, known));
    return claim;
  }

  RefundBySignature signed_refund(const channels::ChannelConfig& config, std::uint64_t next, const SecretKey& relay) {
    RefundBySignature refund{config, units(1 + below(100)), below(6) == 0 ? below(3) : next, {}};
    const auto digest = channels::refund_digest(terms_.domain_separator, channels::channel_id(terms_.domain_separator, config), refund.nonce, refund.amount);
    refund.signature = (below(10) == 0 ? keys_.back() : relay).sign(digest);
    return refund;
  }

  Claim claim_by_signature(const channels::ChannelConfig& config, const channels::ChainChannel& known, const SecretKey& relay) {
    Claim signed_claim = claim(config, known);
    signed_claim.batch_signature = relay.sign(channels::claim_batch_digest(terms_.domain_separator, signed_claim.rows));
    return signed_claim;
  }

  const ContractTerms terms_;
  std::mt19937_64 engine_;
  std::vector<SecretKey> keys_;
  std::vector<channels::ChannelConfig> channels_;
};

}  // namespace ferry::chain::test

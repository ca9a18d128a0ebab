#pragma once
// BenchChannel: the payer's side of one channel, as small as a measurement allows: funded from the test ledger's faucet, vouchers signed
// directly, nothing journaled, the relay's numbers believed. A real client is libferry.

#include <algorithm>
#include <cstdint>

#include "channels/chain/ledger_transport.hpp"
#include "channels/channel_config.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::bench {

/// A key that a later run makes again from the same number, so that runs share channels and the faucet is asked once.
base::SecretKey bench_key(std::uint32_t number);

class BenchChannel {
 public:
  /// What a channel of the bench holds; the faucet of the bench's relay gives more.
  static constexpr base::Amount kDeposit = base::Amount::btt(50'000);

  /// Finds or opens the channel of `key` with the relay that said `welcome`; blocks while the ledger works.
  static base::Result<BenchChannel> open(const wire::Welcome& welcome, const base::SecretKey& key, const chain::LedgerTransport& ledger);

  wire::OpenChannel open_message() const;
  /// What the relay knows of earlier runs is taken over.
  base::Result<void> resume(const wire::ChannelState& state);
  void add_charge(base::Amount charge) { confirmed_ = confirmed_.plus_saturated(charge); }

  /// As libferry does it: up to `ahead` beyond what is confirmed, and only when less than half of that is still promised.
  std::optional<wire::VoucherMessage> promise_ahead(base::Amount ahead, const base::SecretKey& key);
  /// A voucher up to `ceiling`.
  wire::VoucherMessage promise(base::Amount ceiling, const base::SecretKey& key);

  const base::ChannelId& id() const { return id_; }
  base::Amount ceiling() const { return ceiling_; }
  /// The relay holds more: what an earlier run had under way.
  void raise_to(base::Amount ceiling) { ceiling_ = std::max(ceiling_, ceiling); }
  base::Amount confirmed() const { return confirmed_; }
  const base::Hash256& domain_separator() const { return domain_separator_; }

 private:
  base::Hash256 domain_separator_;
  channels::ChannelConfig config_;
  base::ChannelId id_;
  base::Amount confirmed_, ceiling_;
};

}  // namespace ferry::bench

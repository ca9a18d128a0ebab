#include "channels/chain/chain_backend.hpp"

#include <utility>

namespace ferry::chain {

Outcome<std::optional<base::Amount>> ChainBackend::fee_balance_of(const base::Address&) {
  return Outcome<std::optional<base::Amount>>::ok(std::nullopt);
}

Outcome<base::Amount> ChainBackend::expected_fee(const Action&) { return Outcome<base::Amount>::ok(base::Amount::zero()); }

Outcome<std::uint64_t> ChainBackend::refund_nonce(const base::ChannelId&) {
  return Outcome<std::uint64_t>::failed(base::refusal("refunds_not_signed", "this ledger takes no signed refunds: withdraw instead"));
}

bool ChainBackend::is_step(const RawTransaction&) const { return false; }

void ChainBackend::abandon(const RawTransaction&) {}

Outcome<std::optional<ChainPlace>> ChainBackend::certain_place() { return Outcome<std::optional<ChainPlace>>::ok(std::nullopt); }

Outcome<bool> ChainBackend::has_place(const ChainPlace&) { return Outcome<bool>::ok(false); }

Outcome<FoundChannels> ChainBackend::channels_of(const base::Address&, std::uint64_t) {
  return Outcome<FoundChannels>::failed(base::refusal("channels_not_listed", "this ledger does not list a payer's channels: only the journal knows them"));
}

Outcome<RawTransaction> ChainBackend::outbid(const RawTransaction&, const base::SecretKey&) {
  return Outcome<RawTransaction>::failed(base::refusal("outbid_never", "this ledger takes no fee, and no transaction waits on it: submit the same again"));
}

Outcome<Receipt> submit_alternatives(ChainBackend& backend, const std::vector<RawTransaction>& alternatives) {
  auto newest = backend.submit(alternatives.back());
  if (newest.is_ok()) return newest;
  bool all_known = newest.kind == Outcome<Receipt>::Kind::failed;
  for (std::size_t i = 0; i + 1 < alternatives.size(); ++i) {
    auto receipt = backend.receipt(alternatives[i].id);
    if (receipt.is_ok() && *receipt.value) return Outcome<Receipt>::ok(std::move(**receipt.value));
    if (!receipt.is_ok()) all_known = false;
  }
  if (all_known || newest.kind != Outcome<Receipt>::Kind::failed) return newest;
  return Outcome<Receipt>::unknown(std::move(*newest.error));
}

}  // namespace ferry::chain

#pragma once
// RemoteLedger: the embedded ledger that another relay keeps, as a ChainBackend. Used by clients (through a relay session) and by relays
// (through HTTP). It believes what the ledger says about money; it never lets the ledger decide for which ledger a transaction is signed
// once that is known.

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/faucet.hpp"
#include "channels/chain/ledger_transport.hpp"

namespace ferry::chain {

/// Outcomes. Questions: failed with environment when the transport sent nothing, unknown when no readable answer came (peer_fault
/// "ledger_answer" if one came that makes no sense), else what the ledger says. submit and redeem: failed only when the ledger refused these
/// bytes; everything else, a failure to connect too, is unknown, because an earlier attempt may have arrived or a later one may.
/// Threads: any, if the transport allows it.
class RemoteLedger final : public ChainBackend, public Faucet {
 public:
  /// `domain`: the ledger that is meant, where it is known from an earlier time. Otherwise the first answer counts, and no other after it:
  /// peer_fault "ledger_changed". Without this a ledger could have transactions signed that another ledger takes.
  explicit RemoteLedger(LedgerTransport transport, std::optional<base::Domain> domain = std::nullopt);

  Outcome<ChainInfo> info() override;
  Outcome<base::Amount> balance_of(const base::Address& account) override;
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override;
  Outcome<std::uint64_t> refund_nonce(const base::ChannelId& channel) override;
  Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) override;
  /// Two questions: info (once) and nonce.
  Outcome<RawTransaction> prepare(const Action& action, const base::SecretKey& from) override;
  Outcome<Receipt> submit(const RawTransaction& transaction) override;
  Outcome<std::optional<Receipt>> receipt(const TransactionId& id) override;
  /// As many questions as pages are needed.
  Outcome<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) override;
  Faucet* faucet() override { return this; }

  Outcome<std::uint64_t> nonce_of(const base::Address& account);
  Outcome<FaucetChallenge> challenge(const base::Address& account) override;
  Outcome<base::Amount> redeem(const FaucetProof& proof) override;

 private:
  template <typename Answer>
  Outcome<Answer> ask(std::string_view method, const nlohmann::json& request);
  Outcome<base::Domain> domain();
  Outcome<std::vector<ChainEvent>> page_of_events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit);
  bool accepts(const base::Domain& domain);

  LedgerTransport transport_;
  std::mutex mutex_;
  std::optional<base::Domain> domain_;  // under mutex_
};

}  // namespace ferry::chain

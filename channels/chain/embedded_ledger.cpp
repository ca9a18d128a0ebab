#include "channels/chain/embedded_ledger.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "channels/chain/outcome.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::chain {
namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

base::Address contract_address(const base::Hash256& ledger_id) {
  base::Bytes seed;
  for (const auto part : {base::bytes_of("Ferry embedded ledger"), ledger_id.view()}) seed.insert(seed.end(), part.begin(), part.end());
  const auto hash = base::keccak256(seed);
  return *base::Address::from(hash.view().last(20));
}

/// Where BTTC has its native token, so that a channel config reads the same on both.
base::Address native_btt() {
  base::Address token;
  token.data[18] = 0x10;
  token.data[19] = 0x10;
  return token;
}

ContractTerms terms_of(const LedgerIdentity& identity, std::uint64_t min_withdraw_delay) {
  ContractTerms terms;
  terms.domain = base::Domain{identity.chain_id, contract_address(identity.ledger_id)};
  terms.domain_separator = base::domain_separator(terms.domain);
  terms.token = native_btt();
  terms.min_withdraw_delay = min_withdraw_delay;
  return terms;
}

std::uint64_t day_of(base::Time now) { return static_cast<std::uint64_t>(std::max<std::int64_t>(now.unix_ms, 0) / kMsPerDay); }

base::Result<void> check_nonce(std::uint64_t nonce, std::uint64_t next) {
  if (nonce < next) {
    return base::fail(base::refusal("nonce_used", "the account's transaction " + std::to_string(nonce) +
                                                      " was another one: look at the channel, then prepare this one anew"));
  }
  if (nonce > next) {
    return base::fail(base::environment("nonce_gap", "the account's transaction " + std::to_string(next) + " is missing: submit it before number " +
                                                         std::to_string(nonce)));
  }
  return {};
}

}  // namespace

EmbeddedLedger::EmbeddedLedger(std::unique_ptr<LedgerStore> store, const LedgerParameters& parameters, Clock clock)
    : parameters_(parameters),
      clock_(std::move(clock)),
      terms_(terms_of(store->identity(), parameters.min_withdraw_delay)),
      gate_(parameters.faucet.value_or(FaucetTerms{}), store->identity().faucet_secret),
      store_(std::move(store)) {}

base::Result<std::unique_ptr<EmbeddedLedger>> EmbeddedLedger::open(const std::filesystem::path& file, const LedgerParameters& parameters,
                                                                   Clock clock) {
  const LedgerIdentity fresh{parameters.ledger_id.value_or(base::Hash256::random()), parameters.chain_id, base::Hash256::random()};
  FERRY_TRY(auto store, LedgerStore::open(file, fresh, parameters.max_bytes));
  if (store->identity().chain_id != parameters.chain_id) {
    return base::fail(base::environment("ledger_other_chain", file.string() + " was made with chain id " +
                                                                  std::to_string(store->identity().chain_id) + ", not " +
                                                                  std::to_string(parameters.chain_id) + ": use that one or another file"));
  }
  return std::unique_ptr<EmbeddedLedger>{new EmbeddedLedger{std::move(store), parameters, std::move(clock)}};
}

Outcome<ChainInfo> EmbeddedLedger::info() {
  ChainInfo info;
  info.name = "embedded";
  info.domain = terms_.domain;
  info.token = terms_.token;
  info.min_withdraw_delay = terms_.min_withdraw_delay;
  info.has_faucet = parameters_.faucet.has_value();
  return Outcome<ChainInfo>::ok(std::move(info));
}

Outcome<base::Amount> EmbeddedLedger::balance_of(const base::Address& account) {
  const std::lock_guard lock{mutex_};
  return answered(store_->account(account));
}

Outcome<channels::ChainChannel> EmbeddedLedger::read_channel(const base::ChannelId& channel) {
  const std::lock_guard lock{mutex_};
  return answered(store_->channel(channel));
}

Outcome<std::uint64_t> EmbeddedLedger::refund_nonce(const base::ChannelId& channel) {
  const std::lock_guard lock{mutex_};
  return answered(store_->refund_nonce(channel));
}

Outcome<base::Amount> EmbeddedLedger::unsettled(const base::Address& receiver, const base::Address& token) {
  if (token != terms_.token) return Outcome<base::Amount>::ok(base::Amount::zero());
  const std::lock_guard lock{mutex_};
  return answered(store_->receivable(receiver).map([](const Receivable& all) { return all.claimed.minus_floored(all.settled); }));
}

Outcome<std::uint64_t> EmbeddedLedger::nonce_of(const base::Address& account) {
  const std::lock_guard lock{mutex_};
  return answered(store_->nonce(account));
}

Outcome<RawTransaction> EmbeddedLedger::prepare(const Action& action, const base::SecretKey& from) {
  const auto nonce = nonce_of(from.address());
  if (!nonce.is_ok()) return Outcome<RawTransaction>::failed(*nonce.error);
  return answered(sign_transaction(LedgerTransaction{terms_.domain, from.address(), *nonce.value, action}, from));
}

/// A refusal says nothing about the file.
template <typename T>
void EmbeddedLedger::note_write(const base::Result<T>& written) {
  const bool failed = !written && written.error().kind == base::ErrorKind::environment && written.error().code.starts_with("ledger_");
  if (!written && !failed) return;
  {
    const std::lock_guard lock{mutex_};
    write_trouble_ = failed ? std::optional(written.error()) : std::nullopt;
  }
  if (failed && parameters_.on_write_failure) parameters_.on_write_failure(written.error());
}

Outcome<Receipt> EmbeddedLedger::submit(const RawTransaction& raw) {
  const auto id = transaction_id(raw.bytes);
  if (id != raw.id) return Outcome<Receipt>::failed(base::bug("transaction_id", "the id is not that of the bytes"));
  // Reading recovers a signature: not under the lock.
  const auto transaction = read_transaction(raw.bytes, terms_.domain);
  if (!transaction) return fate<Receipt>(base::fail(transaction.error()));
  auto executed = execute_once(id, *transaction);
  note_write(executed);
  return fate(std::move(executed));
}

base::Result<Receipt> EmbeddedLedger::execute_once(const TransactionId& id, const LedgerTransaction& transaction) {
  const auto now = clock_();
  const std::lock_guard lock{mutex_};
  FERRY_TRY(const auto known, store_->receipt(id));
  if (known) return *known;
  FERRY_TRY(const auto next, store_->nonce(transaction.from));
  FERRY_CHECK(check_nonce(transaction.nonce, next));

  FERRY_TRY(auto write, store_->begin());
  const auto changes = execute(terms_, *store_, transaction.action, transaction.from, now);
  if (!changes && changes.error().kind != base::ErrorKind::refusal) return base::fail(changes.error());
  if (changes) {
    FERRY_CHECK(store_->apply(*changes, now));
  }
  FERRY_CHECK(store_->set_nonce(transaction.from, next + 1));
  FERRY_TRY(auto receipt, store_->add_receipt(Receipt{id, changes.has_value(), changes ? "" : changes.error().code, 0}));
  FERRY_CHECK(write.commit());
  return receipt;
}

Outcome<std::optional<Receipt>> EmbeddedLedger::receipt(const TransactionId& id) {
  const std::lock_guard lock{mutex_};
  return answered(store_->receipt(id));
}

Outcome<std::vector<ChainEvent>> EmbeddedLedger::events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) {
  const std::lock_guard lock{mutex_};
  return answered(store_->events(receiver, after, std::min(limit, kMaxEvents)));
}

Outcome<base::Amount> EmbeddedLedger::minted() {
  const std::lock_guard lock{mutex_};
  return answered(store_->minted());
}

Outcome<FaucetChallenge> EmbeddedLedger::challenge(const base::Address& account) {
  if (!parameters_.faucet) return Outcome<FaucetChallenge>::failed(base::refusal("faucet_closed", "this ledger has no faucet"));
  return Outcome<FaucetChallenge>::ok(gate_.challenge(account, clock_()));
}

Outcome<base::Amount> EmbeddedLedger::redeem(const FaucetProof& proof) {
  if (!parameters_.faucet) return Outcome<base::Amount>::failed(base::refusal("faucet_closed", "this ledger has no faucet"));
  const auto now = clock_();
  if (const auto worked = gate_.check(proof, now); !worked) return Outcome<base::Amount>::failed(worked.error());
  auto granted = grant(proof, now);
  note_write(granted);
  return fate(std::move(granted));
}

std::optional<base::Error> EmbeddedLedger::write_trouble() {
  const std::lock_guard lock{mutex_};
  return write_trouble_;
}

base::Result<base::Amount> EmbeddedLedger::grant(const FaucetProof& proof, base::Time now) {
  const auto& faucet = *parameters_.faucet;
  const auto today = day_of(now);
  const std::lock_guard lock{mutex_};
  FERRY_TRY(const auto last, store_->last_grant(proof.account));
  if (last && (last->day >= today || last->window >= proof.window)) {
    return base::fail(base::refusal("faucet_used", "this account was given test money today: come back after midnight UTC"));
  }
  FERRY_TRY(const auto spent, store_->granted_on(today));
  const auto after = spent.plus(faucet.grant);
  if (!after || *after > faucet.daily_total) {
    return base::fail(base::refusal("faucet_dry", "the faucet has given all it gives in a day: come back after midnight UTC"));
  }
  FERRY_TRY(auto write, store_->begin());
  FERRY_CHECK(store_->add_grant(proof.account, faucet.grant, FaucetGrant{today, proof.window}));
  FERRY_CHECK(write.commit());
  return faucet.grant;
}

}  // namespace ferry::chain

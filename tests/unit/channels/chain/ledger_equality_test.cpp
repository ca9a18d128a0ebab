// Two ledgers with one identity, one asked directly and one through its JSON API: nobody can tell them apart.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "channels/chain/contract_rules.hpp"
#include "channels/chain/ledger_api.hpp"
#include "channels/chain/ledger_json.hpp"
#include "channels/chain/remote_ledger.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"
#include "tests/unit/channels/chain/random_actions.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

template <typename T>
std::string told(const Outcome<T>& outcome) {
  if (outcome.is_ok()) return write_answer(*outcome.value).dump();
  return (outcome.kind == Outcome<T>::Kind::failed ? "failed " : "unknown ") + write_error(*outcome.error).dump();
}
std::string told(const Outcome<Amount>& outcome) {
  return outcome.is_ok() ? outcome.value->to_units_text() : write_error(*outcome.error).dump();
}
std::string told(const Outcome<Receipt>& outcome) {
  return outcome.is_ok() ? write_answer(ReceiptAnswer{*outcome.value}).dump() : fate_of(outcome) + outcome.error->message;
}
std::string told(const Outcome<RawTransaction>& outcome) { return outcome.is_ok() ? base::to_hex(outcome.value->bytes) : outcome.error->code; }

/// What the contract reads, seen through a backend; for RandomActions.
struct SeenThrough {
  ChainBackend& backend;
  base::Result<channels::ChainChannel> channel(const base::ChannelId& id) const { return *backend.read_channel(id).value; }
  base::Result<std::uint64_t> refund_nonce(const base::ChannelId& id) const { return *backend.refund_nonce(id).value; }
};

struct Twins : LedgerRoom {
  Twins() {
    parameters.ledger_id = base::Hash256::random();
    embedded = open(directory / "embedded.db");
    served = open(directory / "served.db");
    remote = std::make_unique<RemoteLedger>(local_transport(*served));
  }
  std::unique_ptr<EmbeddedLedger> embedded;
  std::unique_ptr<EmbeddedLedger> served;
  std::unique_ptr<RemoteLedger> remote;
};

void compare_reads(Twins& twins, const SecretKey& who, const channels::ChannelConfig* config) {
  REQUIRE(told(twins.embedded->balance_of(who.address())) == told(twins.remote->balance_of(who.address())));
  const auto token = twins.embedded->info().value->token;
  REQUIRE(told(twins.embedded->unsettled(who.address(), token)) == told(twins.remote->unsettled(who.address(), token)));
  REQUIRE(told(twins.embedded->events(who.address(), 3, 40)) == told(twins.remote->events(who.address(), 3, 40)));
  if (config == nullptr) return;
  const auto id = channels::channel_id(separator_of(*twins.embedded), *config);
  REQUIRE(told(twins.embedded->read_channel(id)) == told(twins.remote->read_channel(id)));
  REQUIRE(*twins.embedded->refund_nonce(id).value == *twins.remote->refund_nonce(id).value);
}

}  // namespace

TEST_CASE_FIXTURE(Twins, "ledger equality: over random calls both say the same") {
  REQUIRE(told(embedded->info()) == told(remote->info()));
  ContractTerms terms;
  terms.domain = embedded->info().value->domain;
  terms.domain_separator = separator_of(*embedded);
  terms.token = token_of(*embedded);
  RandomActions random{7, terms};
  for (const auto* key : random.everybody()) {
    fund(*embedded->faucet(), *key);
    fund(*remote->faucet(), *key);
  }
  std::vector<RawTransaction> sent;
  std::size_t succeeded = 0;
  for (int step = 0; step < 250; ++step) {
    const auto call = random.next(SeenThrough{*embedded});
    const auto mine = embedded->prepare(call.action, *call.from);
    REQUIRE(told(mine) == told(remote->prepare(call.action, *call.from)));
    const auto fate = embedded->submit(*mine.value);
    REQUIRE(told(fate) == told(remote->submit(*mine.value)));
    REQUIRE(told(embedded->receipt(mine.value->id)) == told(remote->receipt(mine.value->id)));
    succeeded += fate_of(fate) == "ok" ? 1U : 0U;
    sent.push_back(*mine.value);
    const auto& again = sent[random.below(sent.size())];
    REQUIRE(told(embedded->submit(again)) == told(remote->submit(again)));
    const auto* deposit = std::get_if<Deposit>(&call.action);
    compare_reads(*this, *random.everybody()[random.below(6)], deposit == nullptr ? nullptr : &deposit->config);
    wait_seconds(static_cast<std::int64_t>(random.below(400)));
  }
  CHECK(succeeded > 80);
}

TEST_CASE_FIXTURE(Twins, "ledger equality: what is refused before it is executed is refused alike") {
  const People people;
  const auto domain = embedded->info().value->domain;
  const auto same = [&](const RawTransaction& raw, const std::string& expected) {
    CHECK(fate_of(embedded->submit(raw)) == expected);
    CHECK(told(embedded->submit(raw)) == told(remote->submit(raw)));
  };
  const Transfer gift{people.stranger.address(), units(1)};
  const auto signed_with = [&](const base::Domain& where, std::uint64_t nonce) {
    return *sign_transaction(LedgerTransaction{where, {}, nonce, gift}, people.payer);
  };
  same(signed_with(domain, 1), "unknown: nonce_gap");
  same(signed_with(domain, 0), "no: insufficient_funds");
  same(*sign_transaction(LedgerTransaction{domain, {}, 0, Settle{people.payer.address(), token_of(*embedded)}}, people.payer),
       "failed: nonce_used");
  same(signed_with(base::Domain{1, domain.verifying_contract}, 1), "failed: transaction_of_another_ledger");
  base::Bytes cut = signed_with(domain, 1).bytes;
  cut.pop_back();
  same(RawTransaction{transaction_id(cut), cut}, "failed: pack_truncated");
  same(RawTransaction{transaction_id({}), {}}, "failed: pack_truncated");
  same(RawTransaction{TransactionId{}, cut}, "failed: transaction_id");
  CHECK(told(embedded->receipt(TransactionId{})) == told(remote->receipt(TransactionId{})));

  std::vector<channels::ClaimRow> rows(kMaxClaimRows + 1);
  CHECK(told(embedded->prepare(Claim{rows, std::nullopt}, people.relay)) == "claim_too_many_rows");
  CHECK(told(remote->prepare(Claim{rows, std::nullopt}, people.relay)) == "claim_too_many_rows");
}

TEST_CASE_FIXTURE(Twins, "ledger equality: the faucets give alike") {
  const People people;
  fund(*embedded, people.payer);
  fund(*remote, people.payer);
  const FaucetProof again{people.payer.address(), embedded->challenge(people.payer.address()).value->window, 0};
  CHECK(told(embedded->redeem(again)) == told(remote->redeem(again)));
  CHECK(embedded->redeem(again).error->code == "faucet_used");
  const FaucetProof stale{people.stranger.address(), 0, 0};
  CHECK(told(embedded->redeem(stale)) == told(remote->redeem(stale)));
}

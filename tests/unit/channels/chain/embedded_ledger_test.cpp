#include "channels/chain/embedded_ledger.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "channels/chain/ledger_database.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

struct FundedLedger : LedgerRoom {
  FundedLedger() : ledger(open()), config(channel_of(people, token_of(*ledger))) { fund(*ledger, people.payer); }
  channels::ClaimRow voucher(std::uint64_t ceiling, std::uint64_t total) {
    return row_of(separator_of(*ledger), config, people.session, units(ceiling), units(total));
  }
  std::uint64_t nonce_of(const SecretKey& key) { return *ledger->nonce_of(key.address()).value; }
  RawTransaction signed_with_nonce(const Action& action, std::uint64_t nonce) {
    return *sign_transaction(LedgerTransaction{ledger->info().value->domain, {}, nonce, action}, people.payer);
  }

  People people;
  std::unique_ptr<EmbeddedLedger> ledger;
  channels::ChannelConfig config;
};

}  // namespace

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: a channel's life from deposit to the last unit") {
  CHECK(act(*ledger, Deposit{config, units(6000)}, people.payer) == "ok");
  CHECK(act(*ledger, Claim{{voucher(3000, 2500)}, std::nullopt}, people.relay) == "ok");
  CHECK(*ledger->unsettled(config.receiver, config.token).value == units(2500));
  CHECK(ledger->unsettled(config.receiver, config.receiver).value->is_zero());
  CHECK(act(*ledger, Settle{config.receiver, config.token}, people.stranger) == "ok");
  CHECK(balance(*ledger, people.beneficiary) == units(2500));
  CHECK(ledger->unsettled(config.receiver, config.token).value->is_zero());

  CHECK(act(*ledger, InitiateWithdraw{config, units(3500)}, people.session) == "ok");
  CHECK(channel_in(*ledger, config) == channels::ChainChannel{units(6000), units(2500), units(3500), at_seconds(900), false});
  CHECK(act(*ledger, FinalizeWithdraw{config}, people.stranger) == "no: withdraw_too_early");
  wait_seconds(900);
  CHECK(act(*ledger, FinalizeWithdraw{config}, people.stranger) == "ok");
  CHECK(balance(*ledger, people.payer) == units(7500));
  CHECK(channel_in(*ledger, config).closed);
  CHECK(*ledger->minted().value == units(10'000));
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: the race for a withdrawal leaves each side what is its own") {
  CHECK(act(*ledger, Deposit{config, units(1000)}, people.payer) == "ok");
  CHECK(act(*ledger, InitiateWithdraw{config, units(1000)}, people.payer) == "ok");
  // The relay sees the event and claims; the payer's later finalize pays the rest.
  const auto events = ledger->events(config.receiver, 0, 100);
  REQUIRE(events.value->size() == 2);
  CHECK(events.value->back().kind == EventKind::withdraw_initiated);
  CHECK(act(*ledger, Claim{{voucher(700, 700)}, std::nullopt}, people.relay) == "ok");
  wait_seconds(900);
  CHECK(act(*ledger, FinalizeWithdraw{config}, people.payer) == "ok");
  CHECK(balance(*ledger, people.payer) == units(9300));
  CHECK(act(*ledger, Settle{config.receiver, config.token}, people.relay) == "ok");
  CHECK(balance(*ledger, people.beneficiary) == units(700));
  CHECK(act(*ledger, Deposit{config, units(1)}, people.payer) == "no: channel_closed");
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: the same bytes twice have one effect and one receipt") {
  const auto deposit = prepared(*ledger, Deposit{config, units(600)}, people.payer);
  const auto first = ledger->submit(deposit);
  const auto second = ledger->submit(deposit);
  REQUIRE(fate_of(first) == "ok");
  REQUIRE(fate_of(second) == "ok");
  CHECK(first.value->block == second.value->block);
  CHECK(first.value->id == deposit.id);
  CHECK(channel_in(*ledger, config).balance == units(600));
  CHECK(balance(*ledger, people.payer) == units(9400));
  CHECK(ledger->events(config.receiver, 0, 10).value->size() == 1);
  CHECK(nonce_of(people.payer) == 1);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: what the contract refused once stays refused") {
  const auto too_much = prepared(*ledger, Deposit{config, units(10'001)}, people.payer);
  CHECK(fate_of(ledger->submit(too_much)) == "no: insufficient_funds");
  const auto friendly = key_of(77);
  fund(*ledger, friendly);
  CHECK(act(*ledger, Transfer{people.payer.address(), units(10'000)}, friendly) == "ok");
  CHECK(fate_of(ledger->submit(too_much)) == "no: insufficient_funds");
  CHECK(channel_in(*ledger, config).balance.is_zero());
  CHECK(ledger->receipt(too_much.id).value->value().reason == "insufficient_funds");
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: each nonce is used once and in order") {
  const Transfer gift{people.stranger.address(), units(5)};
  CHECK(fate_of(ledger->submit(signed_with_nonce(gift, 1))) == "unknown: nonce_gap");
  CHECK(fate_of(ledger->submit(signed_with_nonce(gift, 0))) == "ok");
  CHECK(fate_of(ledger->submit(signed_with_nonce(Transfer{people.stranger.address(), units(6)}, 0))) == "failed: nonce_used");
  // What came too early comes true in its turn.
  CHECK(fate_of(ledger->submit(signed_with_nonce(gift, 1))) == "ok");
  CHECK(balance(*ledger, people.stranger) == units(10));
  CHECK(fate_of(ledger->submit(signed_with_nonce(gift, UINT64_MAX))) == "unknown: nonce_gap");
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: a transaction of another ledger is refused and not remembered") {
  LedgerRoom elsewhere;
  const auto other = elsewhere.open();
  CHECK_FALSE(other->info().value->domain == ledger->info().value->domain);
  const auto raw = prepared(*other, Transfer{people.stranger.address(), units(1)}, people.payer);
  CHECK(fate_of(ledger->submit(raw)) == "failed: transaction_of_another_ledger");
  CHECK_FALSE(ledger->receipt(raw.id).value->has_value());
  CHECK(nonce_of(people.payer) == 0);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: a voucher of another ledger is worth nothing here") {
  LedgerRoom elsewhere;
  const auto other = elsewhere.open();
  CHECK(act(*ledger, Deposit{config, units(1000)}, people.payer) == "ok");
  auto row = voucher(500, 500);
  row.voucher_signature = row_of(separator_of(*other), config, people.session, units(500), units(500)).voucher_signature;
  CHECK(act(*ledger, Claim{{row}, std::nullopt}, people.relay) == "no: signature_of_another_key");
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: anyone may bring a relay's signed claims, and only the relay is paid") {
  CHECK(act(*ledger, Deposit{config, units(1000)}, people.payer) == "ok");
  const std::vector rows{voucher(400, 400)};
  const auto signature = people.relay.sign(channels::claim_batch_digest(separator_of(*ledger), rows));
  const auto watchtower = key_of(99);
  CHECK(act(*ledger, Claim{rows, std::nullopt}, watchtower) == "no: claim_not_receiver");
  CHECK(act(*ledger, Claim{rows, signature}, watchtower) == "ok");
  CHECK(act(*ledger, Claim{rows, signature}, watchtower) == "ok");
  CHECK(act(*ledger, Settle{config.receiver, config.token}, watchtower) == "ok");
  CHECK(balance(*ledger, people.beneficiary) == units(400));
  CHECK(balance(*ledger, watchtower).is_zero());
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: blocks count submissions, receipts remember theirs") {
  const auto first = prepared(*ledger, Deposit{config, units(1)}, people.payer);
  CHECK_FALSE(ledger->receipt(first.id).value->has_value());
  CHECK(ledger->submit(first).value->block == 1);
  const auto second = prepared(*ledger, Transfer{people.payer.address(), units(0)}, people.payer);
  CHECK(ledger->submit(second).value->block == 2);
  CHECK(ledger->receipt(first.id).value->value().block == 1);
  CHECK(ledger->receipt(second.id).value->value().reason == "transfer_nothing");
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: events can be followed page by page") {
  for (int i = 1; i <= 5; ++i) CHECK(act(*ledger, Deposit{config, units(static_cast<std::uint64_t>(i))}, people.payer) == "ok");
  const auto for_another = channel_between(people.payer, people.session, people.stranger, people.relay, config.token);
  CHECK(act(*ledger, Deposit{for_another, units(50)}, people.payer) == "ok");
  wait_seconds(3);
  CHECK(act(*ledger, Deposit{config, units(6)}, people.payer) == "ok");

  std::vector<std::uint64_t> amounts;
  std::uint64_t after = 0;
  for (;;) {
    const auto page = ledger->events(config.receiver, after, 2);
    REQUIRE(page.is_ok());
    REQUIRE(page.value->size() <= 2);
    if (page.value->empty()) break;
    for (const auto& event : *page.value) {
      REQUIRE(event.sequence > after);
      after = event.sequence;
      amounts.push_back(static_cast<std::uint64_t>(event.amount.units()));
      CHECK(event.at == (amounts.size() <= 5 ? at_seconds(0) : at_seconds(3)));
      CHECK(event.channel == channels::channel_id(separator_of(*ledger), config));
    }
  }
  CHECK(amounts == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6});
  CHECK(ledger->events(config.receiver, 0, 0).value->empty());
  CHECK(ledger->events(config.receiver, UINT64_MAX, 10).value->empty());
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: one question gives a thousand events at most") {
  for (std::uint32_t i = 0; i <= kMaxEvents; ++i) REQUIRE(act(*ledger, Deposit{config, units(1)}, people.payer) == "ok");
  CHECK(ledger->events(config.receiver, 0, UINT32_MAX).value->size() == kMaxEvents);
  CHECK(ledger->events(config.receiver, kMaxEvents, UINT32_MAX).value->size() == 1);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: an id that is not that of the bytes is our own mistake") {
  auto raw = prepared(*ledger, Deposit{config, units(1)}, people.payer);
  raw.id.data[0] ^= 1;
  CHECK(fate_of(ledger->submit(raw)) == "failed: transaction_id");
  CHECK(nonce_of(people.payer) == 0);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: reopened it goes on where it was") {
  const auto deposit = prepared(*ledger, Deposit{config, units(600)}, people.payer);
  const auto first = ledger->submit(deposit);
  const auto domain = ledger->info().value->domain;
  ledger.reset();

  ledger = open();
  CHECK(ledger->info().value->domain == domain);
  CHECK(channel_in(*ledger, config).balance == units(600));
  CHECK(balance(*ledger, people.payer) == units(9400));
  CHECK(ledger->submit(deposit).value->block == first.value->block);
  CHECK(act(*ledger, Deposit{config, units(1)}, people.payer) == "ok");
  CHECK(ledger->events(config.receiver, 0, 10).value->back().sequence == 2);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: a signed refund is taken once, also after it was reopened") {
  CHECK(act(*ledger, Deposit{config, units(600)}, people.payer) == "ok");
  const auto id = channels::channel_id(separator_of(*ledger), config);
  const auto signed_refund = [&](std::uint64_t amount, std::uint64_t nonce) {
    return RefundBySignature{config, units(amount), nonce, people.relay.sign(channels::refund_digest(separator_of(*ledger), id, nonce, units(amount)))};
  };
  CHECK(*ledger->refund_nonce(id).value == 0);
  CHECK(act(*ledger, signed_refund(100, 0), people.payer) == "ok");
  CHECK(balance(*ledger, people.payer) == units(9500));
  ledger.reset();
  ledger = open();
  CHECK(*ledger->refund_nonce(id).value == 1);
  CHECK(act(*ledger, signed_refund(100, 0), people.payer) == "no: refund_nonce");
  CHECK(act(*ledger, signed_refund(500, 1), people.stranger) == "ok");
  CHECK(channel_in(*ledger, config).closed);
  CHECK(balance(*ledger, people.payer) == units(10'000));
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: a file from before signed refunds is brought up to date") {
  CHECK(act(*ledger, Deposit{config, units(600)}, people.payer) == "ok");
  ledger.reset();
  REQUIRE((*LedgerDatabase::open(file))->run("DROP TABLE refund_nonces; PRAGMA user_version = 1").has_value());
  ledger = open();
  const auto id = channels::channel_id(separator_of(*ledger), config);
  CHECK(*ledger->refund_nonce(id).value == 0);
  CHECK(channel_in(*ledger, config).balance == units(600));
  ledger.reset();
  CHECK((*LedgerDatabase::open(file))->number_of("PRAGMA user_version").value() == 2);
}

TEST_CASE_FIXTURE(FundedLedger, "embedded ledger: it belongs to one owner at a time, to its chain, and to its user") {
  CHECK(try_open(file).error().code == "ledger_locked");
  ledger.reset();
  auto other_chain = parameters;
  other_chain.chain_id = 1;
  const auto opened = EmbeddedLedger::open(file, other_chain, [] { return at_seconds(0); });
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == "ledger_other_chain");

  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE_FIXTURE(LedgerRoom, "embedded ledger: what it says about itself") {
  parameters.min_withdraw_delay = 5;
  const auto info = open()->info();
  CHECK(info.value->name == "embedded");
  CHECK(info.value->domain.chain_id == 1337);
  CHECK_FALSE(info.value->domain.verifying_contract.is_zero());
  CHECK(info.value->token.to_eip55() == "0x0000000000000000000000000000000000001010");
  CHECK(info.value->min_withdraw_delay == 5);
  CHECK(info.value->has_faucet);
  parameters.faucet.reset();
  CHECK_FALSE(open()->info().value->has_faucet);
}

TEST_CASE_FIXTURE(LedgerRoom, "embedded ledger: a shorter withdraw delay is possible where it was asked for") {
  parameters.min_withdraw_delay = 1;
  const People people;
  const auto ledger = open();
  fund(*ledger, people.payer);
  auto config = channel_of(people, token_of(*ledger));
  config.withdraw_delay = 0;
  CHECK(act(*ledger, Deposit{config, units(10)}, people.payer) == "no: channel_delay");
  config.withdraw_delay = 1;
  CHECK(act(*ledger, Deposit{config, units(10)}, people.payer) == "ok");
  CHECK(act(*ledger, InitiateWithdraw{config, units(10)}, people.payer) == "ok");
  wait_seconds(1);
  CHECK(act(*ledger, FinalizeWithdraw{config}, people.payer) == "ok");
}

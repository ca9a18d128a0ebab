#include "channels/chain/contract_rules.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "channels/chain/ledger_transaction.hpp"
#include "tests/unit/channels/chain/contract_world.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

using Kinds = std::vector<EventKind>;

/// A payer with 1000 units of which 600 are in an open channel.
struct OpenChannel : ContractWorld {
  OpenChannel() : config(channel_of(people, terms.token)) {
    fund(people.payer, units(1000));
    REQUIRE(run(Deposit{config, units(600)}, people.payer) == "ok");
  }
  channels::ClaimRow voucher(std::uint64_t ceiling, std::uint64_t total) const { return row(config, people.session, units(ceiling), units(total)); }
  std::string claim(std::uint64_t ceiling, std::uint64_t total) { return run(Claim{{voucher(ceiling, total)}, std::nullopt}, people.relay); }
  std::string initiate(std::uint64_t amount) { return run(InitiateWithdraw{config, units(amount)}, people.payer); }
  std::string finalize(const SecretKey& who) { return run(FinalizeWithdraw{config}, who); }
  void wait_seconds(std::int64_t seconds) { now = now + std::chrono::seconds(seconds); }
  channels::ChainChannel state() const { return channel(config); }

  People people;
  channels::ChannelConfig config;
};

}  // namespace

TEST_CASE_FIXTURE(OpenChannel, "contract: a deposit opens a channel, another tops it up") {
  CHECK(money_of(people.payer) == units(400));
  CHECK(state().balance == units(600));
  CHECK(run(Deposit{config, units(100)}, people.payer) == "ok");
  CHECK(event_kinds() == Kinds{EventKind::deposited});
  CHECK(events.front() == ContractEvent{EventKind::deposited, id_of(config), config.receiver, units(100)});
  CHECK(state().balance == units(700));
  CHECK(money_of(people.payer) == units(300));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: anyone may deposit for a payer, out of his own account") {
  fund(people.stranger, units(50));
  CHECK(run(Deposit{config, units(50)}, people.stranger) == "ok");
  CHECK(money_of(people.stranger).is_zero());
  CHECK(money_of(people.payer) == units(400));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a deposit needs money, an amount and a complete config") {
  CHECK(run(Deposit{config, units(0)}, people.payer) == "deposit_nothing");
  CHECK(run(Deposit{config, units(401)}, people.payer) == "insufficient_funds");
  const auto with = [&](auto change) {
    auto other = config;
    change(other);
    return run(Deposit{other, units(1)}, people.payer);
  };
  CHECK(with([](auto& c) { c.payer = {}; }) == "channel_payer");
  CHECK(with([](auto& c) { c.payer_authorizer = {}; }) == "channel_authorizer");
  CHECK(with([](auto& c) { c.receiver = {}; }) == "channel_receiver");
  CHECK(with([](auto& c) { c.receiver_authorizer = {}; }) == "channel_receiver_authorizer");
  CHECK(with([](auto& c) { c.token.data[0] ^= 1; }) == "channel_token");
  CHECK(with([](auto& c) { c.withdraw_delay = 899; }) == "channel_delay");
  CHECK(with([](auto& c) { c.withdraw_delay = channels::kMaxWithdrawDelay + 1; }) == "channel_delay");
  CHECK(with([](auto& c) { c.withdraw_delay = channels::kMaxWithdrawDelay; }) == "ok");
  CHECK(money_of(people.payer) == units(399));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a claim moves money to the receiver's earnings, settling moves it to the account") {
  CHECK(claim(500, 300) == "ok");
  CHECK(events.front() == ContractEvent{EventKind::claimed, id_of(config), config.receiver, units(300)});
  CHECK(state().total_claimed == units(300));
  CHECK(state().balance == units(600));
  CHECK(money_of(people.beneficiary).is_zero());

  CHECK(run(Settle{config.receiver, config.token}, people.stranger) == "ok");
  CHECK(event_kinds() == Kinds{EventKind::settled});
  CHECK(money_of(people.beneficiary) == units(300));
  CHECK(money_of(people.relay).is_zero());

  CHECK(run(Settle{config.receiver, config.token}, people.stranger) == "ok");
  CHECK(events.empty());
  CHECK(money_of(people.beneficiary) == units(300));
  CHECK(run(Settle{config.receiver, config.payer}, people.relay) == "settle_token");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: claims are cumulative and never above ceiling or balance") {
  CHECK(claim(500, 501) == "claim_above_ceiling");
  CHECK(claim(700, 601) == "claim_above_balance");
  CHECK(claim(500, 300) == "ok");
  CHECK(claim(500, 500) == "ok");
  CHECK(events.front().amount == units(200));
  CHECK(claim(700, 600) == "ok");
  CHECK(state().total_claimed == units(600));
  CHECK_FALSE(state().closed);
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a row that claims nothing new has no effect, whatever else is wrong with it") {
  CHECK(claim(500, 300) == "ok");
  auto row = voucher(100, 300);
  row.voucher_signature = {};
  CHECK(run(Claim{{row}, std::nullopt}, people.relay) == "ok");
  CHECK(events.empty());
  CHECK(claim(100, 299) == "ok");
  CHECK(state().total_claimed == units(300));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: only a voucher of the payer's session key counts, in its one low-s form") {
  const auto try_with = [&](auto change) {
    auto row = voucher(500, 300);
    change(row);
    return run(Claim{{row}, std::nullopt}, people.relay);
  };
  CHECK(try_with([&](auto& row) { row.voucher_signature = high_s_twin(row.voucher_signature); }) == "signature_high_s");
  CHECK(try_with([&](auto& row) { row.voucher_signature.data[64] -= 27; }) == "signature_v");
  CHECK(try_with([&](auto& row) { row.ceiling = units(501); }) == "signature_of_another_key");
  CHECK(try_with([&](auto& row) {
          row.voucher_signature = channels::sign_voucher(terms.domain_separator, id_of(config), row.ceiling, people.payer).signature;
        }) == "signature_of_another_key");
  CHECK(try_with([&](auto& row) {
          const auto elsewhere = base::domain_separator(base::Domain{1338, terms.domain.verifying_contract});
          row.voucher_signature = channels::sign_voucher(elsewhere, id_of(config), row.ceiling, people.session).signature;
        }) == "signature_of_another_key");
  CHECK(state().total_claimed.is_zero());
  CHECK(try_with([](auto&) {}) == "ok");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: receiver and authorizer may claim, others need the authorizer's batch signature") {
  const auto row = voucher(500, 100);
  CHECK(run(Claim{{row}, std::nullopt}, people.stranger) == "claim_not_receiver");
  CHECK(run(Claim{{row}, std::nullopt}, people.payer) == "claim_not_receiver");
  CHECK(run(Claim{{voucher(500, 100)}, std::nullopt}, people.beneficiary) == "ok");
  CHECK(run(Claim{{voucher(500, 200)}, std::nullopt}, people.relay) == "ok");

  const std::vector rows{voucher(500, 400)};
  const auto digest = channels::claim_batch_digest(terms.domain_separator, rows);
  CHECK(run(Claim{rows, people.stranger.sign(digest)}, people.stranger) == "signature_of_another_key");
  CHECK(run(Claim{{voucher(500, 500)}, people.relay.sign(digest)}, people.stranger) == "signature_of_another_key");
  CHECK(run(Claim{rows, high_s_twin(people.relay.sign(digest))}, people.stranger) == "signature_high_s");
  CHECK(run(Claim{rows, people.relay.sign(digest)}, people.stranger) == "ok");
  CHECK(state().total_claimed == units(400));
  CHECK(*storage.receivable(config.receiver) == Receivable{units(400), units(0)});
}

TEST_CASE_FIXTURE(OpenChannel, "contract: one batch signature does not cover channels of another authorizer") {
  const auto other = channel_between(people.payer, people.session, people.beneficiary, people.stranger, terms.token, 9);
  REQUIRE(run(Deposit{other, units(100)}, people.payer) == "ok");
  const std::vector rows{voucher(500, 10), row(other, people.session, units(50), units(50))};
  const auto signature = people.relay.sign(channels::claim_batch_digest(terms.domain_separator, rows));
  CHECK(run(Claim{rows, signature}, people.relay) == "claim_other_authorizer");
  CHECK(state().total_claimed.is_zero());
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a batch is all or nothing") {
  const auto other = channel_of(people, terms.token, 2);
  REQUIRE(run(Deposit{other, units(100)}, people.payer) == "ok");
  CHECK(run(Claim{{voucher(500, 500), row(other, people.session, units(200), units(101))}, std::nullopt}, people.relay) == "claim_above_balance");
  CHECK(state().total_claimed.is_zero());
  CHECK(storage.receivable(config.receiver)->claimed.is_zero());
  CHECK(run(Claim{{voucher(500, 500), row(other, people.session, units(200), units(100))}, std::nullopt}, people.relay) == "ok");
  CHECK(storage.receivable(config.receiver)->claimed == units(600));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a channel named twice in a batch is paid once") {
  CHECK(run(Claim{{voucher(500, 500), voucher(500, 500), voucher(500, 400)}, std::nullopt}, people.relay) == "ok");
  CHECK(storage.receivable(config.receiver)->claimed == units(500));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a claim has from one to fifty rows") {
  CHECK(run(Claim{{}, std::nullopt}, people.relay) == "claim_nothing");
  CHECK(run(Claim{std::vector(kMaxClaimRows + 1, voucher(500, 1)), std::nullopt}, people.relay) == "claim_too_many_rows");
  CHECK(run(Claim{std::vector(kMaxClaimRows, voucher(500, 1)), std::nullopt}, people.relay) == "ok");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a withdrawal waits for the channel's delay") {
  CHECK(initiate(200) == "ok");
  CHECK(events.front() == ContractEvent{EventKind::withdraw_initiated, id_of(config), config.receiver, units(200)});
  CHECK(state().pending_withdraw == units(200));
  CHECK(state().withdraw_at == now + std::chrono::seconds(900));
  CHECK(state().balance == units(600));
  wait_seconds(899);
  CHECK(finalize(people.payer) == "withdraw_too_early");
  wait_seconds(1);
  CHECK(finalize(people.payer) == "ok");
  CHECK(event_kinds() == Kinds{EventKind::withdraw_finalized});
  CHECK(money_of(people.payer) == units(600));
  CHECK(state() == channels::ChainChannel{units(400), units(0), units(0), base::Time{}, false});
  CHECK(finalize(people.payer) == "withdraw_not_pending");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: the payer's side alone may initiate a withdrawal, one at a time, of what is not claimed") {
  CHECK(claim(500, 100) == "ok");
  CHECK(run(InitiateWithdraw{config, units(1)}, people.relay) == "withdraw_not_payer");
  CHECK(run(InitiateWithdraw{config, units(1)}, people.stranger) == "withdraw_not_payer");
  CHECK(initiate(0) == "withdraw_nothing");
  CHECK(initiate(501) == "withdraw_above_unclaimed");
  CHECK(run(InitiateWithdraw{config, units(500)}, people.session) == "ok");
  CHECK(initiate(1) == "withdraw_pending");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: anyone may finalize and only the payer is paid") {
  CHECK(initiate(200) == "ok");
  wait_seconds(900);
  CHECK(finalize(people.stranger) == "ok");
  CHECK(money_of(people.payer) == units(600));
  CHECK(money_of(people.stranger).is_zero());
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a relay that claims within the delay is paid first, the withdrawal gets the rest") {
  CHECK(initiate(600) == "ok");
  wait_seconds(899);
  CHECK(claim(450, 450) == "ok");
  wait_seconds(1);
  CHECK(finalize(people.stranger) == "ok");
  CHECK(events.front().amount == units(150));
  CHECK(money_of(people.payer) == units(550));
  CHECK(run(Settle{config.receiver, config.token}, people.relay) == "ok");
  CHECK(money_of(people.beneficiary) == units(450));
  CHECK(state().closed);
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a relay that claims after the withdrawal comes too late") {
  CHECK(initiate(600) == "ok");
  wait_seconds(900);
  CHECK(finalize(people.payer) == "ok");
  CHECK(claim(450, 450) == "claim_above_balance");
  CHECK(money_of(people.payer) == units(1000));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a deposit does not cancel a pending withdrawal") {
  CHECK(initiate(600) == "ok");
  const auto due = state().withdraw_at;
  wait_seconds(100);
  CHECK(run(Deposit{config, units(100)}, people.payer) == "ok");
  CHECK(state().pending_withdraw == units(600));
  CHECK(state().withdraw_at == due);
  wait_seconds(800);
  CHECK(finalize(people.payer) == "ok");
  CHECK(state().balance == units(100));
  CHECK_FALSE(state().closed);
}

TEST_CASE_FIXTURE(OpenChannel, "contract: the receiver's side refunds at once, at most what is not claimed") {
  CHECK(claim(500, 200) == "ok");
  CHECK(run(Refund{config, units(1)}, people.payer) == "refund_not_receiver");
  CHECK(run(Refund{config, units(0)}, people.relay) == "refund_nothing");
  CHECK(run(Refund{config, units(100)}, people.relay) == "ok");
  CHECK(event_kinds() == Kinds{EventKind::refunded});
  CHECK(money_of(people.payer) == units(500));
  CHECK_FALSE(state().closed);
  CHECK(run(Refund{config, Amount::max()}, people.beneficiary) == "ok");
  CHECK(events.front().amount == units(300));
  CHECK(event_kinds() == Kinds{EventKind::refunded, EventKind::channel_closed});
  CHECK(money_of(people.payer) == units(800));
  CHECK(state().balance == state().total_claimed);
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a refund is taken off a pending withdrawal") {
  CHECK(initiate(300) == "ok");
  CHECK(run(Refund{config, units(100)}, people.relay) == "ok");
  CHECK(state().pending_withdraw == units(200));
  CHECK(run(Refund{config, units(250)}, people.relay) == "ok");
  CHECK(state() == channels::ChainChannel{units(250), units(0), units(0), base::Time{}, false});
  CHECK(initiate(250) == "ok");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: anyone may bring the receiver's signed refund, once, in its turn") {
  const auto refund_of = [this](std::uint64_t amount, std::uint64_t nonce, const SecretKey& signer) {
    return RefundBySignature{config, units(amount), nonce, signer.sign(channels::refund_digest(terms.domain_separator, id_of(config), nonce, units(amount)))};
  };
  const auto first = refund_of(100, 0, people.relay);
  CHECK(run(refund_of(0, 0, people.relay), people.stranger) == "refund_nothing");
  CHECK(run(refund_of(100, 1, people.relay), people.stranger) == "refund_nonce");
  CHECK(run(refund_of(100, 0, people.beneficiary), people.stranger) == "signature_of_another_key");
  auto more = first;
  more.amount = units(101);
  CHECK(run(more, people.stranger) == "signature_of_another_key");
  auto elsewhere = first;
  elsewhere.config = channel_of(people, terms.token, 2);
  CHECK(run(elsewhere, people.stranger) == "signature_of_another_key");

  CHECK(run(first, people.stranger) == "ok");
  CHECK(event_kinds() == Kinds{EventKind::refunded});
  CHECK(state().balance == units(500));
  CHECK(money_of(people.payer) == units(500));
  CHECK(run(first, people.stranger) == "refund_nonce");
  CHECK(claim(200, 200) == "ok");
  CHECK(run(refund_of(1000, 1, people.relay), people.payer) == "ok");
  CHECK(state().closed);
  CHECK(money_of(people.payer) == units(800));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a signed refund of what claims have used up gives nothing and is used up all the same") {
  CHECK(claim(600, 600) == "ok");
  const auto digest = channels::refund_digest(terms.domain_separator, id_of(config), 0, units(1));
  const RefundBySignature refund{config, units(1), 0, people.relay.sign(digest)};
  CHECK(run(refund, people.payer) == "ok");
  CHECK(events.empty());
  CHECK(run(Deposit{config, units(100)}, people.payer) == "ok");
  CHECK(run(refund, people.payer) == "refund_nonce");
  CHECK(state().balance == units(700));
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a channel emptied by leaving it is closed for good") {
  SUBCASE("by a withdrawal") {
    CHECK(initiate(600) == "ok");
    wait_seconds(900);
    CHECK(finalize(people.payer) == "ok");
    CHECK(event_kinds() == Kinds{EventKind::withdraw_finalized, EventKind::channel_closed});
  }
  SUBCASE("by a refund, which ends a pending withdrawal too") {
    CHECK(initiate(100) == "ok");
    CHECK(run(Refund{config, units(600)}, people.relay) == "ok");
  }
  SUBCASE("by a refund of what claims have left, although more was to be withdrawn") {
    CHECK(initiate(600) == "ok");
    CHECK(claim(450, 450) == "ok");
    CHECK(run(Refund{config, units(150)}, people.relay) == "ok");
  }
  SUBCASE("by a withdrawal that claims have left nothing for") {
    CHECK(initiate(600) == "ok");
    CHECK(claim(600, 600) == "ok");
    wait_seconds(900);
    CHECK(finalize(people.payer) == "ok");
    CHECK(events.front().amount.is_zero());
  }
  CHECK(state().closed);
  CHECK(state().pending_withdraw.is_zero());
  const auto money = money_of(people.payer);
  CHECK(run(Deposit{config, units(100)}, people.payer) == "channel_closed");
  CHECK(money_of(people.payer) == money);
  CHECK(initiate(1) == "withdraw_above_unclaimed");
  CHECK(run(Deposit{channel_of(people, terms.token, 2), units(100)}, people.payer) == "ok");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a channel used up by claims stays open for deposits") {
  CHECK(claim(600, 600) == "ok");
  CHECK_FALSE(state().closed);
  CHECK(run(Refund{config, units(1)}, people.relay) == "ok");
  CHECK(events.empty());
  CHECK_FALSE(state().closed);
  CHECK(run(Deposit{config, units(100)}, people.payer) == "ok");
  CHECK(claim(700, 700) == "ok");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: what never existed can neither be claimed nor withdrawn nor refunded") {
  const auto never = channel_of(people, terms.token, 77);
  CHECK(run(Claim{{row(never, people.session, units(10), units(1))}, std::nullopt}, people.relay) == "claim_above_balance");
  CHECK(run(InitiateWithdraw{never, units(1)}, people.payer) == "withdraw_above_unclaimed");
  CHECK(run(FinalizeWithdraw{never}, people.payer) == "withdraw_not_pending");
  CHECK(run(Refund{never, units(1)}, people.relay) == "ok");
  CHECK(channel(never) == channels::ChainChannel{});
}

TEST_CASE_FIXTURE(OpenChannel, "contract: a transfer moves money between accounts and nowhere else") {
  CHECK(run(Transfer{people.stranger.address(), units(400)}, people.payer) == "ok");
  CHECK(money_of(people.stranger) == units(400));
  CHECK(run(Transfer{people.stranger.address(), units(1)}, people.payer) == "insufficient_funds");
  CHECK(run(Transfer{people.stranger.address(), units(400)}, people.stranger) == "ok");
  CHECK(money_of(people.stranger) == units(400));
  CHECK(run(Transfer{people.payer.address(), units(0)}, people.stranger) == "transfer_nothing");
  CHECK(run(Transfer{Address{}, units(1)}, people.stranger) == "transfer_to_zero");
  CHECK(run(Transfer{terms.domain.verifying_contract, units(1)}, people.stranger) == "transfer_to_contract");
}

TEST_CASE_FIXTURE(OpenChannel, "contract: no sum wraps around") {
  fund(people.stranger, Amount::max());
  CHECK(run(Transfer{people.payer.address(), Amount::max()}, people.stranger) == "amount_too_large");
  CHECK(run(Deposit{config, Amount::max()}, people.stranger) == "amount_too_large");
  CHECK(money_of(people.stranger) == Amount::max());
}

#include "channels/chain/faucet.hpp"

#include <doctest/doctest.h>

#include <bit>

#include "protocol/base/hash.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

constexpr base::Duration kDay = std::chrono::hours(24);
const base::Time kNoon{1'700'006'400'000 - 1'700'006'400'000 % 86'400'000 + 43'200'000};

FaucetGate gate(std::uint32_t bits = 10, std::uint8_t secret = 7) {
  FaucetTerms terms;
  terms.difficulty_bits = bits;
  base::Hash256 key;
  key.data.fill(secret);
  return FaucetGate{terms, key};
}

std::string code_of(const base::Result<void>& result) { return result ? "ok" : result.error().code; }
std::string code_of(const Outcome<Amount>& outcome) { return outcome.is_ok() ? "ok" : outcome.error->code; }

struct FaucetRoom : LedgerRoom {
  FaucetRoom() { now_ms = kNoon.unix_ms; }
  std::string visit(EmbeddedLedger& ledger, const SecretKey& key) {
    const auto proof = solve(*ledger.challenge(key.address()).value, nullptr);
    return code_of(ledger.redeem(*proof));
  }
  People people;
};

}  // namespace

TEST_CASE("faucet: a solved challenge is accepted, its neighbours are not") {
  const auto challenge = gate().challenge(key_of(1).address(), kNoon);
  const auto proof = solve(challenge, nullptr);
  REQUIRE(proof.has_value());
  CHECK(code_of(gate().check(*proof, kNoon)) == "ok");

  // The definition, computed here once more: ten zero bits at the front of SHA-256(seed ‖ number).
  base::Bytes input(challenge.seed.data.begin(), challenge.seed.data.end());
  for (int shift = 56; shift >= 0; shift -= 8) input.push_back(static_cast<std::uint8_t>(proof->number >> shift));
  const auto hash = base::sha256(input);
  CHECK(hash.data[0] == 0);
  CHECK(hash.data[1] < 0x40);

  auto wrong = *proof;
  if (proof->number > 0) {  // solve() counts up: nothing smaller solves it
    --wrong.number;
    CHECK(code_of(gate().check(wrong, kNoon)) == "faucet_proof_wrong");
  }
}

TEST_CASE("faucet: a proof counts for its account, its time, its ledger and its difficulty only") {
  const auto proof = *solve(gate(16).challenge(key_of(1).address(), kNoon), nullptr);
  CHECK(code_of(gate(16).check(proof, kNoon)) == "ok");
  auto other = proof;
  other.account = key_of(2).address();
  CHECK(code_of(gate(16).check(other, kNoon)) == "faucet_proof_wrong");
  CHECK(code_of(gate(16, 8).check(proof, kNoon)) == "faucet_proof_wrong");
  CHECK(code_of(gate(17).check(proof, kNoon)) == "faucet_proof_wrong");

  CHECK(code_of(gate(16).check(proof, kNoon + std::chrono::minutes(10))) == "ok");
  CHECK(code_of(gate(16).check(proof, kNoon + std::chrono::minutes(20))) == "faucet_proof_stale");
  CHECK(code_of(gate(16).check(proof, kNoon - std::chrono::minutes(1))) == "faucet_proof_stale");
  auto later = proof;
  ++later.window;
  CHECK(code_of(gate(16).check(later, kNoon)) == "faucet_proof_stale");
  CHECK(code_of(gate(16).check(later, kNoon + std::chrono::minutes(10))) == "faucet_proof_wrong");
}

TEST_CASE("faucet: solving can be cancelled, and is not begun where the work is unreasonable") {
  auto challenge = gate(kMaxFaucetDifficultyBits).challenge(key_of(1).address(), kNoon);
  int asked = 0;
  const auto cancelled = solve(challenge, [&] { return ++asked == 3; });
  REQUIRE_FALSE(cancelled.has_value());
  CHECK(cancelled.error().code == "faucet_cancelled");
  CHECK(asked == 3);
  ++challenge.difficulty_bits;
  CHECK(solve(challenge, nullptr).error().code == "faucet_too_hard");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: money comes once per account and day") {
  const auto ledger = open();
  CHECK(visit(*ledger, people.payer) == "ok");
  CHECK(balance(*ledger, people.payer) == units(10'000));
  CHECK(visit(*ledger, people.payer) == "faucet_used");
  wait_seconds(11 * 3600);
  CHECK(visit(*ledger, people.payer) == "faucet_used");
  wait_seconds(2 * 3600);
  CHECK(visit(*ledger, people.payer) == "ok");
  CHECK(balance(*ledger, people.payer) == units(20'000));
  CHECK(*ledger->minted().value == units(20'000));
  CHECK(visit(*ledger, people.stranger) == "ok");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: a proof is worth one grant, also across midnight and a restart") {
  now_ms = (kNoon + kDay / 2 - std::chrono::minutes(1)).unix_ms;
  auto ledger = open();
  const auto proof = *solve(*ledger->challenge(people.payer.address()).value, nullptr);
  CHECK(code_of(ledger->redeem(proof)) == "ok");
  CHECK(code_of(ledger->redeem(proof)) == "faucet_used");
  wait_seconds(120);
  CHECK(code_of(ledger->redeem(proof)) == "faucet_used");
  ledger.reset();
  ledger = open();
  CHECK(code_of(ledger->redeem(proof)) == "faucet_used");
  CHECK(balance(*ledger, people.payer) == units(10'000));
  CHECK(visit(*ledger, people.payer) == "ok");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: challenges outlive a restart") {
  auto ledger = open();
  const auto proof = *solve(*ledger->challenge(people.payer.address()).value, nullptr);
  ledger.reset();
  ledger = open();
  CHECK(code_of(ledger->redeem(proof)) == "ok");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: it gives no more in a day than its total") {
  parameters.faucet->daily_total = units(25'000);
  const auto ledger = open();
  CHECK(visit(*ledger, people.payer) == "ok");
  CHECK(visit(*ledger, people.relay) == "ok");
  CHECK(visit(*ledger, people.stranger) == "faucet_dry");
  CHECK(balance(*ledger, people.stranger).is_zero());
  wait_seconds(13 * 3600);
  CHECK(visit(*ledger, people.stranger) == "ok");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: when all money that can be counted is given, the ledger goes on without") {
  parameters.faucet->grant = Amount::max();
  parameters.faucet->daily_total = Amount::max();
  const auto ledger = open();
  CHECK(visit(*ledger, people.payer) == "ok");
  CHECK(visit(*ledger, people.stranger) == "faucet_dry");
  wait_seconds(24 * 3600);
  CHECK(visit(*ledger, people.stranger) == "faucet_dry");
  CHECK(act(*ledger, Transfer{people.stranger.address(), units(1)}, people.payer) == "ok");
  CHECK(balance(*ledger, people.stranger) == units(1));
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: a clock that goes back to yesterday opens nothing") {
  const auto ledger = open();
  CHECK(visit(*ledger, people.payer) == "ok");
  wait_seconds(-24 * 3600);
  CHECK(visit(*ledger, people.payer) == "faucet_used");
}

TEST_CASE_FIXTURE(FaucetRoom, "faucet: a wrong proof costs the ledger no write, a closed faucet says so") {
  {
    parameters.faucet->difficulty_bits = 60;
    const auto ledger = open();
    CHECK(code_of(ledger->redeem(FaucetProof{people.payer.address(), ledger->challenge(people.payer.address()).value->window, 1})) ==
          "faucet_proof_wrong");
    CHECK(ledger->minted().value->is_zero());
  }
  parameters.faucet.reset();
  const auto ledger = open();
  CHECK(ledger->challenge(people.payer.address()).error->code == "faucet_closed");
  CHECK(code_of(ledger->redeem(FaucetProof{})) == "faucet_closed");
}

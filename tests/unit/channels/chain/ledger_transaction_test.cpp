#include "channels/chain/ledger_transaction.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"
#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

const base::Domain kLedger{1337, key_of(200).address()};
const base::Hash256 kSeparator = base::domain_separator(kLedger);
const Address kToken = key_of(201).address();

channels::ClaimRow some_row(const People& people, std::uint8_t salt) {
  return row_of(kSeparator, channel_of(people, kToken, salt), people.session, units(500), units(400));
}

std::vector<Action> one_of_each(const People& people) {
  const auto config = channel_of(people, kToken);
  const std::vector rows{some_row(people, 1), some_row(people, 2)};
  const auto batch = people.relay.sign(channels::claim_batch_digest(kSeparator, rows));
  return {Deposit{config, units(1000)},
          Claim{rows, std::nullopt},
          Claim{rows, batch},
          Settle{people.beneficiary.address(), kToken},
          InitiateWithdraw{config, Amount::max()},
          FinalizeWithdraw{config},
          Refund{config, units(1)},
          Transfer{people.stranger.address(), units(7)},
          RefundBySignature{config, units(9), 3, batch}};
}

RawTransaction sign(const Action& action, std::uint64_t nonce = 0, const base::Domain& domain = kLedger) {
  const auto raw = sign_transaction(LedgerTransaction{domain, {}, nonce, action}, key_of(1));
  REQUIRE(raw.has_value());
  return *raw;
}

std::string code_of(base::ByteView bytes, const base::Domain& domain = kLedger) {
  const auto read = read_transaction(bytes, domain);
  return read ? "ok" : read.error().code;
}

}  // namespace

TEST_CASE("ledger transaction: every action is read back as it was signed") {
  const People people;
  for (const auto& action : one_of_each(people)) {
    const auto raw = sign(action, 70'000);
    CHECK(raw.id == base::keccak256(raw.bytes));
    const auto read = read_transaction(raw.bytes, kLedger);
    REQUIRE(read.has_value());
    CHECK(read->domain == kLedger);
    CHECK(read->from == people.payer.address());
    CHECK(read->nonce == 70'000);
    CHECK(read->action.index() == action.index());
    // Signing is deterministic: the same bytes again mean that nothing was lost on the way.
    CHECK(sign_transaction(*read, people.payer)->bytes == raw.bytes);
  }
}

TEST_CASE("ledger transaction: its bytes do not change from one version of Ferry to the next") {
  const People people;
  const auto config = channel_of(people, kToken);
  CHECK(sign(Deposit{config, units(1000)}).id.hex() == "76d37d12eb725de6fd9eeb63238d8a4913887862aae3fc9d2b590f91fca00e7e");
  CHECK(sign(Transfer{people.stranger.address(), units(7)}, 300).id.hex() == "35e02647c2906fed916649dc1a4168c5624f8d16381cac223945e6fbc311fa8a");
  CHECK(sign(Claim{{some_row(people, 1)}, std::nullopt}).id.hex() == "817a9f267ed3c875b8551aa6c853cc33db86d90ee5f3cf6af0139f5117d663e8");
}

TEST_CASE("ledger transaction: cut short anywhere it is refused") {
  const People people;
  for (const auto& action : one_of_each(people)) {
    const auto raw = sign(action);
    for (std::size_t size = 0; size < raw.bytes.size(); ++size) {
      CHECK_FALSE(read_transaction(base::ByteView{raw.bytes}.first(size), kLedger).has_value());
    }
  }
}

TEST_CASE("ledger transaction: no changed byte goes unnoticed") {
  const People people;
  const auto raw = sign(Claim{{some_row(people, 1)}, std::nullopt});
  for (std::size_t i = 0; i < raw.bytes.size(); ++i) {
    auto changed = raw.bytes;
    changed[i] ^= 0x01U;
    CHECK_FALSE(read_transaction(changed, kLedger).has_value());
  }
  auto longer = raw.bytes;
  longer.push_back(0);
  CHECK(code_of(longer) == "pack_trailing");
}

TEST_CASE("ledger transaction: signed for another chain or another contract it is refused") {
  const Action action = Transfer{key_of(5).address(), units(7)};
  CHECK(code_of(sign(action, 0, base::Domain{1338, kLedger.verifying_contract}).bytes) == "transaction_of_another_ledger");
  CHECK(code_of(sign(action, 0, base::Domain{1337, key_of(202).address()}).bytes) == "transaction_of_another_ledger");
}

TEST_CASE("ledger transaction: who signs is who pays") {
  const People people;
  const LedgerTransaction theirs{kLedger, people.stranger.address(), 0, Transfer{people.payer.address(), units(7)}};
  const auto raw = sign_transaction(theirs, people.payer);
  CHECK(read_transaction(raw->bytes, kLedger)->from == people.payer.address());

  // The same bytes in the name of another account.
  auto bytes = raw->bytes;
  const auto mine = people.payer.address();
  const auto from = std::search(bytes.begin(), bytes.end(), mine.data.begin(), mine.data.end());
  const auto second = std::search(from + 1, bytes.end(), mine.data.begin(), mine.data.end());  // the first is `from`, the second `to`
  REQUIRE(second != bytes.end());
  std::copy(theirs.from.data.begin(), theirs.from.data.end(), from);
  CHECK(code_of(bytes) == "signature_of_another_key");
}

TEST_CASE("ledger transaction: a third party cannot give it a second id") {
  const auto raw = sign(Transfer{key_of(5).address(), units(7)}, 5);
  base::Signature signature;
  std::copy(raw.bytes.end() - 65, raw.bytes.end(), signature.data.begin());
  auto other_signature = raw.bytes;
  const auto twin = high_s_twin(signature);
  std::copy(twin.data.begin(), twin.data.end(), other_signature.end() - 65);
  CHECK(code_of(other_signature) == "signature_high_s");

  // The same nonce in two bytes instead of one.
  auto longer_number = raw.bytes;
  const base::Bytes before_nonce = base::PackWriter{}.number(7).address(key_of(1).address()).take();
  auto place = std::search(longer_number.begin(), longer_number.end(), before_nonce.begin(), before_nonce.end());
  REQUIRE(place != longer_number.end());
  place += static_cast<std::ptrdiff_t>(before_nonce.size());
  REQUIRE(*place == 5);
  longer_number.insert(place, 0xcc);
  CHECK(code_of(longer_number) == "transaction_not_canonical");
}

TEST_CASE("ledger transaction: a claim takes 50 rows and no more") {
  const People people;
  std::vector<channels::ClaimRow> rows(kMaxClaimRows, some_row(people, 1));
  const auto batch = people.relay.sign(channels::claim_batch_digest(kSeparator, rows));
  const auto raw = sign(Claim{rows, batch});
  CHECK(raw.bytes.size() < kMaxTransactionBytes);
  CHECK(code_of(raw.bytes) == "ok");

  rows.push_back(rows.front());
  const auto too_many = sign_transaction(LedgerTransaction{kLedger, {}, 0, Claim{rows, batch}}, people.payer);
  REQUIRE_FALSE(too_many.has_value());
  CHECK(too_many.error().code == "claim_too_many_rows");
}

TEST_CASE("ledger transaction: too long, another version and an unknown action are refused") {
  CHECK(code_of(base::Bytes(kMaxTransactionBytes + 1, 0x90)) == "transaction_too_long");
  const auto write = [](std::uint64_t version, std::uint64_t action) {
    base::PackWriter out;
    out.array(8).number(version).number(kLedger.chain_id).address(kLedger.verifying_contract).number(action);
    return out.address(key_of(1).address()).number(0).array(0).signature(base::Signature{}).take();
  };
  CHECK(code_of(write(2, 1)) == "transaction_version");
  CHECK(code_of(write(1, 0)) == "pack_value");
  CHECK(code_of(write(1, 8)) == "pack_value");
}

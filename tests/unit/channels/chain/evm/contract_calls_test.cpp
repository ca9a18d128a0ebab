#include "channels/chain/evm/contract_calls.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/chain/evm/vectors.hpp"
#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;
using ferry::chain::test::channel_of;
using ferry::chain::test::key_of;
using ferry::chain::test::People;
using ferry::chain::test::units;

namespace {

const base::Address kCalledToken = *base::Address::parse("0x0000000000000000000000000000000000001010");
const base::Address kCalledContract = base::Address::from(base::Bytes(20, 0xc0)).value();
const Deployment kNative{kCalledContract, kCalledToken, true};
const Deployment kToken{kCalledContract, kCalledContract, false};
const People kPeople;
constexpr std::uint8_t kSeven = 7;

template <typename Kind>
Kind seven() {
  Kind value;
  value.data[31] = kSeven;
  return value;
}

channels::ChannelConfig config(const base::Address& token = kCalledToken, std::uint8_t salt = 1) { return channel_of(kPeople, token, salt); }

Claim claim_of_rows(std::uint8_t count) {
  Claim claim;
  base::Bytes signature(32, 0x11);
  signature.insert(signature.end(), 32, 0x22);
  signature.push_back(27);
  for (std::uint8_t i = 0; i < count; ++i) {
    claim.rows.push_back({config(kCalledToken, static_cast<std::uint8_t>(i + 1)), units(5000U + i), *base::Signature::from(signature), units(4200U + i)});
  }
  claim.batch_signature = base::Signature::from(signature).value();
  return claim;
}

base::Bytes expected(const char* name) { return bytes_at(vectors()["calls"][name]); }
base::Bytes data_of(const Action& action, std::uint8_t from = 5, const Deployment& at = kNative) {
  return call_for(action, key_of(from).address(), at).data;
}

}  // namespace

TEST_CASE("contract calls: every action is encoded as ethers encodes it") {
  CHECK(data_of(Deposit{config(), units(5)}) == expected("open_native"));
  CHECK(data_of(Deposit{config(kCalledContract), base::Amount::max()}, 1, kToken) == expected("deposit_from"));
  CHECK(data_of(claim_of_rows(1), 4) == expected("claim_1"));
  CHECK(data_of(claim_of_rows(3), 3) == expected("claim_3"));
  CHECK(data_of(claim_of_rows(2), 5) == expected("claim_signed_2"));
  CHECK(data_of(Settle{key_of(3).address(), kCalledToken}) == expected("settle"));
  CHECK(data_of(InitiateWithdraw{config(), units(77)}) == expected("initiate_withdraw"));
  CHECK(data_of(FinalizeWithdraw{config()}) == expected("finalize_withdraw"));
  CHECK(data_of(Refund{config(), units(78)}) == expected("refund"));
  CHECK(data_of(RefundBySignature{config(), units(78), 2, *claim_of_rows(0).batch_signature}) == expected("refund_signed"));
  CHECK(data_of(Transfer{key_of(5).address(), units(80)}, 1, kToken) == expected("transfer"));
}

TEST_CASE("contract calls: every question is encoded as ethers encodes it") {
  CHECK(native_token_call(kCalledContract).data == expected("native_token"));
  CHECK(channel_state_call(kCalledContract, seven<base::ChannelId>()).data == expected("channel_state"));
  CHECK(refund_nonce_call(kCalledContract, seven<base::ChannelId>()).data == expected("refund_nonce"));
  CHECK(receivers_call(kCalledContract, key_of(3).address(), kCalledToken).data == expected("receivers"));
  CHECK(voucher_digest_call(kCalledContract, seven<base::ChannelId>(), units(1)).data == expected("voucher_digest"));
  CHECK(approve_call(kCalledToken, kCalledContract, units(79)).data == expected("approve"));
  CHECK(allowance_call(kCalledToken, key_of(1).address(), kCalledContract).data == expected("allowance"));
  CHECK(token_balance_call(kCalledToken, key_of(1).address()).data == expected("balance_of"));
}

TEST_CASE("contract calls: native money goes along, a token's does not") {
  const auto native = call_for(Deposit{config(), units(5)}, key_of(1).address(), kNative);
  CHECK(native.to == kCalledContract);
  CHECK(native.value == units(5));
  const auto token = call_for(Deposit{config(kCalledContract), units(5)}, key_of(1).address(), kToken);
  CHECK(token.to == kCalledContract);
  CHECK(token.value.is_zero());
  const auto payment = call_for(Transfer{key_of(5).address(), units(80)}, key_of(1).address(), kNative);
  CHECK(payment.to == key_of(5).address());
  CHECK(payment.value == units(80));
  CHECK(payment.data.empty());
}

TEST_CASE("contract calls: a channel's state is read as ethers writes it, and only so") {
  REQUIRE(vectors()["states"].size() == 3);
  for (const auto& state : vectors()["states"]) {
    auto words = bytes_at(state["words"]);
    const auto read = read_channel_state(words);
    REQUIRE(read.has_value());
    CHECK(read->balance.to_units_text() == state["balance"].get<std::string>());
    CHECK(read->total_claimed == units(state["total_claimed"].get<std::uint64_t>()));
    CHECK(read->pending_withdraw == units(state["pending"].get<std::uint64_t>()));
    CHECK(read->withdraw_at == base::Time::from_seconds(state["finalize_after"].get<std::int64_t>()));
    CHECK(read->closed == state["closed"].get<bool>());

    const auto changed = [&](std::size_t at, std::uint8_t to) {
      auto copy = words;
      copy[at] = to;
      return read_channel_state(copy).has_value();
    };
    CHECK_FALSE(changed(15, 1));            // a balance of more than 128 bits
    CHECK_FALSE(changed(3 * 32 + 26, 1));   // a time of more than 40
    CHECK_FALSE(changed(4 * 32 + 31, 2));   // neither true nor false
    CHECK_FALSE(changed(4 * 32, 1));
    CHECK_FALSE(read_channel_state(base::ByteView{words}.first(words.size() - 1)).has_value());
    words.push_back(0);
    CHECK_FALSE(read_channel_state(words).has_value());
  }
  CHECK_FALSE(read_channel_state({}).has_value());
}

TEST_CASE("contract calls: what no contract can say is refused") {
  const auto claimed_too_much = AbiWriter{}.amount(units(1)).amount(units(2)).number(0).number(0).number(0).finish();
  CHECK(read_channel_state(claimed_too_much).error().code == "abi");
  const auto settled_too_much = AbiWriter{}.amount(units(1)).amount(units(2)).finish();
  CHECK(read_receivers(settled_too_much).error().code == "abi");
  CHECK(read_receivers(AbiWriter{}.amount(units(3)).amount(units(2)).finish())->claimed == units(3));
  CHECK_FALSE(read_address(base::Bytes(32, 1)).has_value());
  CHECK(read_token_amount(base::Bytes(32, 0xff)) == base::Amount::max());
}

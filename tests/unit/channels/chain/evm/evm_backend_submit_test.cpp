#include <doctest/doctest.h>

#include "channels/chain/ledger_transaction.hpp"
#include "tests/unit/channels/chain/evm/fake_node.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

namespace {

const auto kPayer = key_of(1);

Transfer payment() { return {key_of(2).address(), units(5)}; }
RawTransaction prepared(EvmBackend& backend) { return backend.prepare(payment(), kPayer).value.value(); }
std::uint64_t nonce_of(const RawTransaction& raw) { return read_legacy(raw.bytes)->transaction.nonce; }

}  // namespace

TEST_CASE("evm backend: a transaction has the pending nonce, the node's price above the floor, and room for its gas") {
  FakeWorld world;
  const auto backend = world.one();
  world.a.gas_price = units(7);
  const auto raw = prepared(*backend);
  const auto read = read_legacy(raw.bytes);
  REQUIRE(read.has_value());
  CHECK(read->transaction.chain_id == 199);
  CHECK(read->transaction.nonce == 5);
  CHECK(read->transaction.gas_price == units(300'000'000'000'000));
  CHECK(read->transaction.gas_limit == 75'000);
  CHECK(read->from == kPayer.address());
  CHECK(raw.highest_fee == *read->transaction.gas_price.times(75'000));
  CHECK(world.a.sent.empty());
}

TEST_CASE("evm backend: no nonce is given out twice while its fate is open") {
  FakeWorld world;
  const auto backend = world.one();
  const auto first = prepared(*backend);
  const auto second = prepared(*backend);
  CHECK(nonce_of(second) == nonce_of(first) + 1);
  backend->abandon(first);
  CHECK(nonce_of(prepared(*backend)) == nonce_of(first));
  const auto stranger = backend->prepare(payment(), key_of(3)).value.value();
  CHECK(nonce_of(stranger) == 5);
}

TEST_CASE("evm backend: of two nodes the lower nonce is taken, because too high a one would wait for ever") {
  FakeWorld world;
  world.b.pending = 900;
  CHECK(nonce_of(prepared(*world.two())) == 5);
}

TEST_CASE("evm backend: what cannot succeed is refused before anything is signed") {
  FakeWorld world;
  const auto backend = world.one();
  world.a.gas_price = units(3'000'000'000'000'001);
  CHECK(told(backend->prepare(payment(), kPayer)) == "failed: gas_price_high");
  world.a.gas_price = units(1);
  world.a.gas = 8'000'001;
  CHECK(told(backend->prepare(payment(), kPayer)) == "failed: gas_limit_high");
  world.a.gas = 60'000;
  world.a.balance = base::Amount::btt(20);  // 75,000 gas at the floor take 22.5
  CHECK(told(backend->prepare(payment(), kPayer)) == "failed: no_fee_money");
  world.a.balance = base::Amount::btt(1000);
  world.a.instead = [](const std::string& method, const json&) -> std::optional<Said> {
    if (method != "eth_estimateGas") return std::nullopt;
    return Refusal{3, "execution reverted", hex_text(selector_of("channel_closed()"))};
  };
  CHECK(told(backend->prepare(payment(), kPayer)) == "failed: channel_closed");
  Claim claim;
  claim.rows.resize(kMaxClaimRows + 1);
  CHECK(told(backend->prepare(claim, kPayer)) == "failed: claim_too_many_rows");
  CHECK(world.a.sent.empty());
}

TEST_CASE("evm backend: a transaction is done when its receipt is deep enough") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  int pauses = 0;
  world.on_pause = [&] {
    if (++pauses == 1) world.a.executes(raw, ++world.a.head);
    world.a.head += 5;
  };
  const auto outcome = backend->submit(raw);
  REQUIRE(fate(outcome) == "ok");
  CHECK(pauses == 2);
  CHECK(outcome.value->block == 1001);
  CHECK(outcome.value->fee == units(42'000));
  CHECK(world.a.sent == std::vector<base::Bytes>{raw.bytes});
  CHECK(nonce_of(prepared(*backend)) == 5);  // the fake's pending nonce: the place is free again
}

TEST_CASE("evm backend: an old node's receipt names no price, the transaction does") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  world.a.executes(raw, 900);
  world.a.receipts[raw.id.hex()].erase("effectiveGasPrice");
  world.a.instead = [&](const std::string& method, const json&) -> std::optional<Said> {
    if (method != "eth_getTransactionByHash") return std::nullopt;
    return json{{"hash", hex_text(raw.id.view())}, {"from", hex_text(kPayer.address().view())}, {"to", hex_text(kContractAt.view())}, {"value", "0x0"},
                {"input", "0x"},                    {"gasPrice", "0x3"},                          {"gas", "0x10000"}};
  };
  CHECK(backend->submit(raw).value->fee == units(63'000));
}

TEST_CASE("evm backend: only an approve to the token is a step") {
  FakeWorld world;
  const auto backend = world.one();
  const auto with = [&](const Call& call) {
    return backend->is_step(sign_legacy({199, 1, units(1), 21000, call.to, call.value, call.data}, kPayer));
  };
  CHECK(with(approve_call(kBtt, kContractAt, units(5))));
  CHECK_FALSE(with(approve_call(kContractAt, kContractAt, units(5))));
  CHECK_FALSE(with(token_balance_call(kBtt, kContractAt)));
  CHECK_FALSE(backend->is_step(prepared(*backend)));
  CHECK_FALSE(backend->is_step(RawTransaction{}));
}

TEST_CASE("evm backend: what was executed without success says why") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  world.a.executes(raw, 900, false);
  world.a.instead = [&](const std::string& method, const json&) -> std::optional<Said> {
    if (method != "eth_getTransactionByHash") return std::nullopt;
    return json{{"hash", hex_text(raw.id.view())}, {"from", hex_text(kPayer.address().view())}, {"to", hex_text(kContractAt.view())}, {"value", "0x0"},
                {"input", "0x12345678"},            {"gasPrice", "0x2"},                          {"gas", "0x10000"}};
  };
  CHECK(fate(backend->submit(raw)) == "reverted: withdraw_pending");
  CHECK(world.a.sent.empty());  // nothing is sent whose fate is known
}

TEST_CASE("evm backend: what is not confirmed in time is unknown, and keeps its place") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  CHECK(fate(backend->submit(raw)) == "unknown: transaction_waits");
  CHECK(nonce_of(prepared(*backend)) == 6);
  world.a.executes(raw, 995);  // five deep, ten are asked
  CHECK(fate(backend->submit(raw)) == "unknown: transaction_waits");
  CHECK_FALSE(backend->receipt(raw.id).value->has_value());
}

TEST_CASE("evm backend: a nonce that another confirmed transaction used is a failure for good") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  world.a.executed = 6;
  CHECK(fate(backend->submit(raw)) == "failed: nonce_used");
  // Executed itself, but not deep enough: no failure, though the nonce is used.
  world.a.executes(raw, 999);
  CHECK(fate(backend->submit(raw)) == "unknown: transaction_waits");
}

TEST_CASE("evm backend: what a node says of a transaction is final only where no chain will ever take it") {
  const auto after = [](const std::string& message, const std::string& of_other = "") {
    FakeWorld world;
    const auto backend = of_other.empty() ? world.one() : world.two();
    const auto raw = prepared(*backend);
    world.a.on_send = Refusal{-32000, message, ""};
    if (!of_other.empty()) world.b.on_send = Refusal{-32000, of_other, ""};
    return fate(backend->submit(raw));
  };
  CHECK(after("already known") == "unknown: transaction_waits");
  CHECK(after("nonce too low: next nonce 6, tx nonce 5") == "unknown: transaction_waits");
  CHECK(after("replacement transaction underpriced") == "unknown: transaction_underpriced");
  CHECK(after("Insufficient funds for gas * price + value") == "unknown: no_fee_money");
  CHECK(after("txpool is full") == "unknown: transaction_refused");
  CHECK(after("intrinsic gas too low") == "failed: transaction_invalid");
  CHECK(after("invalid sender", "invalid sender") == "failed: transaction_invalid");
  CHECK(after("invalid sender", "txpool is full") == "unknown: transaction_refused");
  CHECK(after("invalid sender", "already known") == "unknown: transaction_waits");
}

TEST_CASE("evm backend: a node that fails while it is sent to leaves the fate open") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  world.a.instead = [&](const std::string& method, const json&) -> std::optional<Said> {
    if (method == "eth_sendRawTransaction") world.a.broken = Outcome<std::string>::unknown(base::environment("rpc_no_answer", "late"));
    return std::nullopt;
  };
  CHECK(fate(backend->submit(raw)) == "unknown: rpc_no_answer");
  world.a.broken.reset();
  world.a.instead = {};
  world.a.executes(raw, 900);
  CHECK(fate(backend->submit(raw)) == "ok");
}

TEST_CASE("evm backend: a receipt of a block that the chain does not have is none") {
  FakeWorld world;
  const auto backend = world.one();
  const auto raw = prepared(*backend);
  world.a.executes(raw, 900);
  world.a.history = "another";
  CHECK_FALSE(backend->receipt(raw.id).value->has_value());
  world.a.history = "one";
  CHECK(backend->receipt(raw.id).value->has_value());
}

TEST_CASE("evm backend: nodes that disagree about a receipt are not believed") {
  FakeWorld world;
  const auto backend = world.two();
  const auto raw = prepared(*backend);
  world.a.executes(raw, 900);
  CHECK(fate(backend->submit(raw)) == "unknown: chain_disagrees");  // the other does not know it
  world.b.executes(raw, 900, false);
  CHECK(fate(backend->submit(raw)) == "unknown: chain_disagrees");
  world.b.executes(raw, 900);
  CHECK(fate(backend->submit(raw)) == "ok");
}

TEST_CASE("evm backend: what is no transaction of this chain is refused unsent") {
  FakeWorld world;
  const auto backend = world.one();
  auto raw = prepared(*backend);
  LegacyTransaction elsewhere = read_legacy(raw.bytes)->transaction;
  elsewhere.chain_id = 1;
  CHECK(fate(backend->submit(sign_legacy(elsewhere, kPayer))) == "failed: transaction_of_another_ledger");
  raw.bytes.pop_back();
  CHECK(fate(backend->submit(raw)) == "failed: transaction_id");
  raw.id = TransactionId{base::keccak256(raw.bytes).data};
  CHECK(fate(backend->submit(raw)) == "failed: rlp");
  CHECK(world.a.sent.empty());
}

TEST_CASE("evm backend: a replacement has the same nonce and pays at least a tenth more, up to the cap") {
  FakeWorld world;
  const auto backend = world.one();
  auto waiting = prepared(*backend);
  const auto price = [](const RawTransaction& raw) { return read_legacy(raw.bytes)->transaction.gas_price; };
  const auto next = backend->outbid(waiting, kPayer).value.value();
  CHECK(nonce_of(next) == nonce_of(waiting));
  CHECK(price(next) == *price(waiting).scaled_up(11, 10));
  world.a.gas_price = units(900'000'000'000'000);
  CHECK(price(*backend->outbid(waiting, kPayer).value) == world.a.gas_price);
  int steps = 0;
  for (auto outcome = backend->outbid(waiting, kPayer); outcome.is_ok(); outcome = backend->outbid(waiting, kPayer)) {
    waiting = *outcome.value;
    REQUIRE(++steps < 100);
  }
  CHECK(price(waiting) <= units(3'000'000'000'000'000));
  CHECK(told(backend->outbid(waiting, kPayer)) == "failed: gas_price_high");
  CHECK(told(backend->outbid(waiting, key_of(2))) == "failed: outbid_other_key");
}

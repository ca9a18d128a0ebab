#include "channels/chain/evm/contract_logs.hpp"

#include <doctest/doctest.h>

#include "channels/chain/evm/abi_words.hpp"
#include "channels/chain/evm/contract_errors.hpp"
#include "tests/unit/channels/chain/evm/vectors.hpp"
#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;
using ferry::chain::test::key_of;
using ferry::chain::test::units;

namespace {

const base::Address kLoggedContract = key_of(9).address();
const base::Address kLoggedReceiver = key_of(3).address();
const base::Address kLoggedToken = key_of(8).address();

Log log_of(EventKind kind, std::size_t words) {
  Log log;
  log.address = kLoggedContract;
  log.topics = {topic_of(kind), base::Hash256{}, topic_of(kLoggedReceiver)};
  log.topics[1].data.fill(7);
  if (kind == EventKind::settled) log.topics[1] = topic_of(kLoggedToken);
  AbiWriter out;
  for (std::size_t i = 0; i < words; ++i) out.number(41 + i);
  log.data = out.finish();
  log.block = 1000;
  log.index = 3;
  return log;
}

std::string code_of(const Log& log) {
  const auto read = read_log(log, kLoggedContract, kLoggedReceiver, kLoggedToken);
  if (!read) return read.error().code;
  return *read ? "event" : "nothing";
}

}  // namespace

TEST_CASE("contract logs: the topics are those of ethers") {
  const auto& topics = vectors()["topics"];
  const auto is = [&](EventKind kind, const char* name) { return "0x" + topic_of(kind).hex() == topics[name].get<std::string>(); };
  CHECK(is(EventKind::deposited, "deposited"));
  CHECK(is(EventKind::claimed, "claimed"));
  CHECK(is(EventKind::settled, "settled"));
  CHECK(is(EventKind::withdraw_initiated, "withdraw_initiated"));
  CHECK(is(EventKind::withdraw_finalized, "withdraw_finalized"));
  CHECK(is(EventKind::refunded, "refunded"));
  CHECK(is(EventKind::channel_closed, "channel_closed"));
  CHECK(all_topics().size() == 7);
}

TEST_CASE("contract logs: each becomes an event with its place, channel and amount") {
  const auto event = **read_log(log_of(EventKind::deposited, 2), kLoggedContract, kLoggedReceiver, kLoggedToken);
  CHECK(event.kind == EventKind::deposited);
  CHECK(event.sequence == (std::uint64_t{1000} << 20U) + 3);
  CHECK(block_of_sequence(event.sequence) == 1000);
  CHECK(event.amount == units(41));
  CHECK(event.channel.data[5] == 7);
  CHECK(code_of(log_of(EventKind::claimed, 2)) == "event");
  CHECK(code_of(log_of(EventKind::withdraw_initiated, 2)) == "event");
  CHECK(code_of(log_of(EventKind::withdraw_finalized, 1)) == "event");
  CHECK(code_of(log_of(EventKind::refunded, 1)) == "event");
  const auto closed = **read_log(log_of(EventKind::channel_closed, 0), kLoggedContract, kLoggedReceiver, kLoggedToken);
  CHECK(closed.amount.is_zero());
  const auto settled = **read_log(log_of(EventKind::settled, 1), kLoggedContract, kLoggedReceiver, kLoggedToken);
  CHECK(settled.channel.is_zero());
  CHECK(settled.amount == units(41));
}

TEST_CASE("contract logs: what was settled in another token is nothing to us") {
  auto log = log_of(EventKind::settled, 1);
  log.topics[1] = topic_of(key_of(7).address());
  CHECK(code_of(log) == "nothing");
}

TEST_CASE("contract logs: another contract, receiver, event or form is refused") {
  auto log = log_of(EventKind::refunded, 1);
  CHECK(code_of(log_of(EventKind::refunded, 2)) == "abi");
  CHECK(code_of(log_of(EventKind::refunded, 0)) == "abi");
  log.address = kLoggedReceiver;
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.topics[0].data[0] ^= 1U;
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.topics[2] = topic_of(kLoggedToken);
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.topics.pop_back();
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.data[0] = 1;
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.index = kMaxLogIndex;
  CHECK(code_of(log) == "abi");
  log = log_of(EventKind::refunded, 1);
  log.block = kMaxBlock + 1;
  CHECK(code_of(log) == "abi");
}

TEST_CASE("contract errors: a revert's code is the name of the contract's error") {
  REQUIRE(vectors()["selectors"].size() == 7);
  for (const auto& [code, selector] : vectors()["selectors"].items()) CHECK(code_of_revert(bytes_at(selector)) == code);
  CHECK(code_of_revert(bytes_at(vectors()["reverts"]["panic"])) == "contract_panic");
  const auto text = bytes_at(vectors()["reverts"]["text"]);
  CHECK(code_of_revert(text) == "reverted");
  CHECK(text_of_revert(text) == "ERC20: insufficient allowance");
}

TEST_CASE("contract errors: what is no known revert has no reason") {
  CHECK(code_of_revert({}) == "reverted");
  CHECK(code_of_revert(base::Bytes(3, 1)) == "reverted");
  CHECK(code_of_revert(base::Bytes(4, 1)) == "reverted");
  auto longer = bytes_at(vectors()["selectors"]["channel_closed"]);
  longer.push_back(0);
  CHECK(code_of_revert(longer) == "reverted");
  auto lying = bytes_at(vectors()["reverts"]["text"]);
  lying[4 + 63] = 0xff;  // a length beyond the end
  CHECK(text_of_revert(lying).empty());
  CHECK(text_of_revert(base::ByteView{lying}.first(40)).empty());
}

TEST_CASE("contract logs: a channel's creation gives its whole configuration, and only one whose id is its own") {
  const base::Domain domain{199, kLoggedContract};
  channels::ChannelConfig config;
  config.payer = key_of(1).address();
  config.payer_authorizer = key_of(2).address();
  config.receiver = kLoggedReceiver;
  config.receiver_authorizer = key_of(4).address();
  config.token = kLoggedToken;
  config.withdraw_delay = 900;
  config.salt.data.fill(5);
  const auto written = [](const channels::ChannelConfig& c) {
    return AbiWriter{}.address(c.payer).address(c.payer_authorizer).address(c.receiver).address(c.receiver_authorizer).address(c.token).number(c.withdraw_delay).word(c.salt.view()).finish();
  };
  Log log;
  log.address = kLoggedContract;
  log.topics = {created_topic(), base::Hash256{}, topic_of(kLoggedReceiver), topic_of(config.payer)};
  log.topics[1].data = channels::channel_id(base::domain_separator(domain), config).data;
  log.data = written(config);
  CHECK(read_created(log, domain, config.payer).value() == config);

  const auto refused = [&](const auto& change) {
    Log other = log;
    change(other);
    return !read_created(other, domain, config.payer);
  };
  CHECK(refused([](Log& l) { l.address = kLoggedReceiver; }));
  CHECK(refused([](Log& l) { l.topics[0] = topic_of(EventKind::deposited); }));
  CHECK(refused([](Log& l) { l.topics[1].data[0] ^= 1; }));
  CHECK(refused([](Log& l) { l.topics[3] = topic_of(kLoggedReceiver); }));
  CHECK(refused([](Log& l) { l.topics.pop_back(); }));
  CHECK(refused([](Log& l) { l.data.pop_back(); }));
  CHECK(refused([](Log& l) { l.data.back() ^= 1; }));
  CHECK_FALSE(read_created(log, {1, kLoggedContract}, config.payer));
  auto short_delay = config;
  short_delay.withdraw_delay = 1;
  CHECK(refused([&](Log& l) {
    l.data = written(short_delay);
    l.topics[1].data = channels::channel_id(base::domain_separator(domain), short_delay).data;
  }));
}

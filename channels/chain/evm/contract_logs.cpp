#include "channels/chain/evm/contract_logs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "channels/chain/evm/abi_words.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain::evm {
namespace {

using base::Hash256;
using base::Result;

struct EventForm {
  EventKind kind;
  std::string_view signature;
  std::size_t words;  ///< of data; the first is the amount, where there is one
};

constexpr std::array<EventForm, 7> kForms{{
    {EventKind::deposited, "Deposited(bytes32,address,uint128,uint128)", 2},
    {EventKind::claimed, "Claimed(bytes32,address,uint128,uint128)", 2},
    {EventKind::settled, "Settled(address,address,uint128)", 1},
    {EventKind::withdraw_initiated, "WithdrawInitiated(bytes32,address,uint128,uint40)", 2},
    {EventKind::withdraw_finalized, "WithdrawFinalized(bytes32,address,uint128)", 1},
    {EventKind::refunded, "Refunded(bytes32,address,uint128)", 1},
    {EventKind::channel_closed, "ChannelClosed(bytes32,address)", 0},
}};

const std::array<Hash256, kForms.size()>& topics() {
  static const auto all = [] {
    std::array<Hash256, kForms.size()> hashes;
    std::ranges::transform(kForms, hashes.begin(), [](const EventForm& form) { return base::type_hash(form.signature); });
    return hashes;
  }();
  return all;
}

base::Unexpected no_log(const char* what) { return base::fail(base::peer_fault("abi", std::string{"a log of the contract makes no sense: "} + what)); }

}  // namespace

Hash256 topic_of(EventKind kind) {
  const auto form = std::ranges::find(kForms, kind, &EventForm::kind);
  return topics()[static_cast<std::size_t>(form - kForms.begin())];
}

std::vector<Hash256> all_topics() { return {topics().begin(), topics().end()}; }

Hash256 topic_of(const base::Address& address) {
  Hash256 topic;
  std::ranges::copy(address.data, topic.data.end() - static_cast<std::ptrdiff_t>(address.data.size()));
  return topic;
}

Result<std::optional<ChainEvent>> read_log(const Log& log, const base::Address& contract, const base::Address& receiver,
                                           const base::Address& token) {
  if (log.address != contract || log.topics.size() != 3) return no_log("it is another contract's");
  const auto found = std::ranges::find(topics(), log.topics[0]);
  if (found == topics().end()) return no_log("it was not asked for");
  if (log.topics[2] != topic_of(receiver)) return no_log("it is about another receiver");
  if (log.block > kMaxBlock || log.index >= kMaxLogIndex) return no_log("its place has too large a number");
  const auto& form = kForms[static_cast<std::size_t>(found - topics().begin())];

  AbiReader in{log.data};
  ChainEvent event;
  event.kind = form.kind;
  event.sequence = sequence_of(log.block, log.index);
  if (form.words > 0) event.amount = in.amount();
  if (form.words > 1) in.amount();  // the sum after it, or when it ends: the channel's state says it, as of now
  FERRY_CHECK(in.finish());
  if (form.kind != EventKind::settled) {
    event.channel.data = log.topics[1].data;
  } else if (log.topics[1] != topic_of(token)) {
    return std::optional<ChainEvent>{};
  }
  return std::optional{event};
}

base::Hash256 created_topic() {
  static const auto topic = base::type_hash("ChannelCreated(bytes32,address,address,(address,address,address,address,address,uint40,bytes32))");
  return topic;
}

Result<channels::ChannelConfig> read_created(const Log& log, const base::Domain& domain, const base::Address& payer) {
  if (log.address != domain.verifying_contract || log.topics.size() != 4) return no_log("it is another contract's");
  if (log.topics[0] != created_topic()) return no_log("it was not asked for");
  if (log.topics[3] != topic_of(payer)) return no_log("it is about another payer");
  AbiReader in{base::ByteView{log.data}};
  channels::ChannelConfig config;
  config.payer = in.address();
  config.payer_authorizer = in.address();
  config.receiver = in.address();
  config.receiver_authorizer = in.address();
  config.token = in.address();
  config.withdraw_delay = in.number();
  config.salt = in.bytes32<base::Salt>();
  FERRY_CHECK(in.finish());
  if (config.payer != payer || !channels::check(config)) return no_log("no such channel can have been opened");
  if (channels::channel_id(base::domain_separator(domain), config).data != log.topics[1].data) return no_log("its id is another channel's");
  return config;
}

}  // namespace ferry::chain::evm

#include "channels/chain/evm/evm_backend.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "channels/chain/evm/channel_search.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "channels/chain/outcome.hpp"

namespace ferry::chain::evm {
namespace {

using base::Amount;
using base::Result;
using channels::ChainChannel;

std::vector<std::unique_ptr<Node>> make_nodes(const EvmUrl& url, std::vector<JsonRpcTransport> transports) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::size_t i = 0; i < transports.size(); ++i) {
    nodes.push_back(std::make_unique<Node>(i < url.nodes.size() ? EvmUrl::shown(url.nodes[i]) : "", std::move(transports[i])));
  }
  return nodes;
}

/// The words of a view, read. What makes no sense is the node's failure.
template <typename T>
Result<T> read_view(Node& node, const Call& call, At at, Result<T> (*read)(base::ByteView)) {
  FERRY_TRY(const auto words, node.view(call, at));
  auto value = read(words);
  if (!value) return base::fail(base::peer_fault("rpc_answer", "the node " + node.name() + ": " + value.error().message));
  return value;
}

/// Money as the confirmed state has it, dangers as either has them.
void take_dangers(ChainChannel& certain, const ChainChannel& newest) {
  certain.total_claimed = std::max(certain.total_claimed, newest.total_claimed);
  certain.balance = std::max(std::min(certain.balance, newest.balance), certain.total_claimed);  // what is claimed cannot be withdrawn
  certain.closed = certain.closed || newest.closed;
  if (!newest.pending_withdraw.is_zero()) {
    const bool none_yet = certain.pending_withdraw.is_zero();
    certain.pending_withdraw = std::max(certain.pending_withdraw, newest.pending_withdraw);
    certain.withdraw_at = none_yet ? newest.withdraw_at : std::min(certain.withdraw_at, newest.withdraw_at);
  }
}

std::string name_of(std::uint64_t chain_id) {
  if (chain_id == 199) return "bttc";
  if (chain_id == 1029) return "bttc-test";
  return "evm-" + std::to_string(chain_id);
}

}  // namespace

EvmTerms real_terms() {
  EvmTerms terms;
  terms.clock = [] {
    using namespace std::chrono;
    return base::Time{duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count()};
  };
  terms.pause = [](base::Duration duration) { std::this_thread::sleep_for(duration); };
  return terms;
}

EvmBackend::EvmBackend(const EvmUrl& url, std::vector<JsonRpcTransport> transports, EvmTerms terms)
    : url_(url),
      terms_(std::move(terms)),
      contract_({url.contract, url.token, url.chain_id, url.code_hash}),
      nodes_(make_nodes(url, std::move(transports)), {url.must_agree, terms_.passed_over}, terms_.clock,
             [this](Node& node) { return contract_.check(node); }),
      scan_(nodes_),
      search_(nodes_) {}

Result<EvmBackend::Identity> EvmBackend::identity() {
  if (auto known = contract_.identity()) return *known;
  FERRY_CHECK(nodes_.each<bool>([](Node&) -> Result<bool> { return true; }));  // asking anything checks the nodes
  if (auto known = contract_.identity()) return *known;
  return base::fail(base::bug("chain_identity", "a node was asked that has not been checked"));
}

Result<GasTerms> EvmBackend::gas_terms() {
  FERRY_TRY(const auto known, identity());
  auto terms = default_gas_terms(known.domain.chain_id);
  terms.price_floor = url_.gas_price_floor.value_or(terms.price_floor);
  terms.price_cap = std::max(url_.gas_price_cap.value_or(terms.price_cap), terms.price_floor);
  return terms;
}

Result<Block> EvmBackend::confirmed_block() {
  const auto now = terms_.clock();
  {
    const std::lock_guard lock{mutex_};
    if (confirmed_ && now - confirmed_at_ < terms_.heads_age) return *confirmed_;
  }
  FERRY_TRY(const auto heads, nodes_.each<Block>([](Node& node) { return node.latest_block(); }));
  const auto by_number = [](const auto& a, const auto& b) { return a.second.number < b.second.number; };
  const auto [lowest, highest] = std::ranges::minmax_element(heads, by_number);
  if (highest->second.number - lowest->second.number > terms_.max_spread) {
    return base::fail(base::environment("chain_behind", "the node " + lowest->first->name() + " is at block " + std::to_string(lowest->second.number) + " and " +
                                                            highest->first->name() + " at " + std::to_string(highest->second.number) +
                                                            ": one of them stands still or lies; take it out of the chain's URL"));
  }
  const std::uint64_t number = lowest->second.number - std::min(lowest->second.number, url_.confirmations);
  FERRY_TRY(const auto block, nodes_.agreed<Block>("a block of the chain", [number](Node& node) { return node.block(number); }));
  const std::lock_guard lock{mutex_};
  confirmed_ = block;
  confirmed_at_ = now;
  read_up_to_ = std::max(read_up_to_, block.number);
  return block;
}

Result<ChainInfo> EvmBackend::info_now() {
  // Not only what is known from before: whoever asks wants to know whether the chain answers.
  FERRY_CHECK(nodes_.each<Block>([](Node& node) { return node.latest_block(); }));
  FERRY_TRY(const auto known, identity());
  ChainInfo info;
  info.name = name_of(known.domain.chain_id);
  info.domain = known.domain;
  info.token = url_.token;
  info.fees = known.deployment.token_is_native ? Fees::in_token : Fees::in_native;
  return info;
}

Outcome<ChainInfo> EvmBackend::info() { return answered(info_now()); }

Result<Amount> EvmBackend::native_balance(const base::Address& account) {
  FERRY_TRY(const auto block, confirmed_block());
  FERRY_TRY(Amount balance, nodes_.agreed<Amount>("a balance", [&](Node& node) { return node.balance(account, At::number(block.number)); }));
  FERRY_TRY(const auto newest, nodes_.each<Amount>([&](Node& node) { return node.balance(account, At::latest()); }));
  for (const auto& [node, amount] : newest) balance = std::min(balance, amount);
  return balance;
}

Result<Amount> EvmBackend::token_balance(const base::Address& account, const Deployment& at) {
  if (at.token_is_native) return native_balance(account);
  const auto call = token_balance_call(at.token, account);
  FERRY_TRY(const auto block, confirmed_block());
  const auto read_at = [&call](At when) { return [&call, when](Node& node) { return read_view(node, call, when, read_token_amount); }; };
  FERRY_TRY(Amount balance, nodes_.agreed<Amount>("a balance", read_at(At::number(block.number))));
  FERRY_TRY(const auto newest, nodes_.each<Amount>(read_at(At::latest())));
  for (const auto& [node, amount] : newest) balance = std::min(balance, amount);
  return balance;
}

Outcome<Amount> EvmBackend::balance_of(const base::Address& account) {
  const auto known = identity();
  return answered(known ? token_balance(account, known->deployment) : base::fail(known.error()));
}

Outcome<std::optional<Amount>> EvmBackend::fee_balance_of(const base::Address& account) {
  const auto known = identity();
  const auto balance = known ? native_balance(account) : base::fail(known.error());
  return answered(balance ? Result<std::optional<Amount>>{*balance} : base::fail(balance.error()));
}

Result<ChainChannel> EvmBackend::channel_state(const base::ChannelId& channel) {
  FERRY_CHECK(identity());
  const auto call = channel_state_call(url_.contract, channel);
  FERRY_TRY(const auto block, confirmed_block());
  const auto read_at = [&call](At when) { return [&call, when](Node& node) { return read_view(node, call, when, read_channel_state); }; };
  FERRY_TRY(ChainChannel state, nodes_.agreed<ChainChannel>("a channel", read_at(At::number(block.number))));
  FERRY_TRY(const auto newest, nodes_.each<ChainChannel>(read_at(At::latest())));
  for (const auto& [node, seen] : newest) take_dangers(state, seen);
  return state;
}

Outcome<ChainChannel> EvmBackend::read_channel(const base::ChannelId& channel) { return answered(channel_state(channel)); }

/// Of the confirmed state alone: a nonce that could still come free again is not the last one that is used up.
Result<std::uint64_t> EvmBackend::refund_nonce_now(const base::ChannelId& channel) {
  FERRY_CHECK(identity());
  const auto call = refund_nonce_call(url_.contract, channel);
  FERRY_TRY(const auto block, confirmed_block());
  return nodes_.agreed<std::uint64_t>("a channel's refunds", [&](Node& node) { return read_view(node, call, At::number(block.number), read_refund_nonce); });
}

Outcome<std::uint64_t> EvmBackend::refund_nonce(const base::ChannelId& channel) { return answered(refund_nonce_now(channel)); }

Result<Amount> EvmBackend::unsettled_now(const base::Address& receiver, const base::Address& token) {
  FERRY_CHECK(identity());
  const auto call = receivers_call(url_.contract, receiver, token);
  FERRY_TRY(const auto block, confirmed_block());
  const auto read_at = [&call](At when) { return [&call, when](Node& node) { return read_view(node, call, when, read_receivers); }; };
  FERRY_TRY(const auto certain, nodes_.agreed<Earnings>("a receiver's earnings", read_at(At::number(block.number))));
  FERRY_TRY(const auto newest, nodes_.each<Earnings>(read_at(At::latest())));
  Amount unsettled = certain.claimed.minus_floored(certain.settled);
  for (const auto& [node, seen] : newest) unsettled = std::min(unsettled, seen.claimed.minus_floored(seen.settled));
  return unsettled;
}

Outcome<Amount> EvmBackend::unsettled(const base::Address& receiver, const base::Address& token) { return answered(unsettled_now(receiver, token)); }

Outcome<std::vector<ChainEvent>> EvmBackend::events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) {
  const auto scan = [&]() -> Result<std::vector<ChainEvent>> {
    FERRY_CHECK(identity());
    FERRY_TRY(const auto block, confirmed_block());
    return scan_.run({url_.contract, receiver, url_.token, after, std::min(limit, kMaxEvents), url_.start_block, block.number});
  };
  return answered(scan());
}

Result<std::optional<ChainPlace>> EvmBackend::place_now() {
  FERRY_CHECK(identity());
  FERRY_TRY(const auto block, confirmed_block());
  const std::lock_guard lock{mutex_};
  // A node that is behind came back: what was read meanwhile is newer than its blocks.
  if (block.number < read_up_to_) return std::optional<ChainPlace>{};
  return std::optional{ChainPlace{sequence_of(block.number, kMaxLogIndex), block.hash}};
}

Outcome<std::optional<ChainPlace>> EvmBackend::certain_place() { return answered(place_now()); }

Result<bool> EvmBackend::still_has(const ChainPlace& place) {
  FERRY_CHECK(identity());
  const std::uint64_t number = block_of_sequence(place.after);
  FERRY_TRY(const auto confirmed, confirmed_block());
  const std::uint64_t head = confirmed.number + url_.confirmations;
  if (number > head + terms_.max_spread) return false;  // this chain was never there
  if (number > head) {
    return base::fail(base::environment("chain_behind", "the nodes are at block " + std::to_string(head) + " and were at " + std::to_string(number) + " before"));
  }
  FERRY_TRY(const auto block, nodes_.agreed<Block>("a block of the chain", [number](Node& node) { return node.block(number); }));
  return block.hash == place.mark;
}

Outcome<bool> EvmBackend::has_place(const ChainPlace& place) { return answered(still_has(place)); }

Outcome<FoundChannels> EvmBackend::channels_of(const base::Address& payer, std::uint64_t from) {
  const auto search = [&]() -> Result<FoundChannels> {
    FERRY_TRY(const auto known, identity());
    FERRY_TRY(const auto block, confirmed_block());
    return search_channels(search_, {known.domain, payer, std::max(from, url_.start_block), block.number});
  };
  return answered(search());
}

}  // namespace ferry::chain::evm

// list_channels, deposit_into_channel, withdraw_from_channels: the channels of this wallet.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"
#include "client/pay/close_channel.hpp"
#include "client/pay/waiting.hpp"
#include "client/pay/withdraw.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using channels::PayerChannel;
using nlohmann::json;

namespace {

/// A channel with what is needed to ask its ledger and its relay about it.
struct Listed {
  base::ChannelId id;
  PayerChannel channel;
  PayerBook* book = nullptr;
  LedgerAccess ledger;
  bool on_named_chain = false;
  AskToClose ask_to_close;  ///< set for a withdrawal
};

std::vector<Listed> list_all(const Core& core, const KnownRelays& relays) {
  std::vector<Listed> list;
  for (auto* book : core.books.all()) {
    auto* relay = relays.serving(book->domain());
    const auto ledger = core.ledgers.at(book->domain(), relay != nullptr ? relay->ledger_transport() : chain::LedgerTransport{});
    for (const auto& [id, channel] : book->ledger().channels()) list.push_back({id, channel, book, ledger, core.ledgers.may_be_named(book->domain()), nullptr});
  }
  std::sort(list.begin(), list.end(), [](const Listed& a, const Listed& b) { return a.channel.relay != b.channel.relay ? a.channel.relay < b.channel.relay : a.id < b.id; });
  return list;
}

bool has_money(const PayerChannel& channel) { return channel.balance > channel.total_claimed; }

/// The journal alone does not tell: when a closing channel's money may be taken, what the relay has claimed on a chain.
bool must_ask(const Listed& listed) { return has_money(listed.channel) && (listed.channel.closed || listed.on_named_chain); }

/// nullopt when there is nothing to ask, or no answer. Blocks.
std::optional<channels::ChainChannel> ask_ledger(const Listed& listed) {
  if (!must_ask(listed)) return std::nullopt;
  const auto ledger = listed.ledger();
  if (!ledger) return std::nullopt;
  const auto state = refresh_channel(*ledger->backend, listed.id, durable_in(*listed.book));
  return state ? std::optional(*state) : std::nullopt;
}

const char* state_of(const PayerChannel& channel) {
  if (!channel.closed) return "open";
  return has_money(channel) ? "closing" : "closed";
}

json channel_json(const Listed& listed) {
  auto channel = listed.channel;
  const auto now = ask_ledger(listed);
  if (now) {
    channel.total_claimed = std::max(channel.total_claimed, now->total_claimed);
    channel.balance = std::max(now->balance, channel.total_claimed);
    channel.closed = channel.closed || now->closed || !now->pending_withdraw.is_zero();
  }
  const bool pending = now && !now->pending_withdraw.is_zero();
  const Amount promised = std::min(channel.balance, std::max(channel.signed_ceiling, channel.total_claimed));
  const Amount spendable = channel.closed ? Amount{} : channel.balance.minus_floored(std::max(channel.signed_ceiling, channel.recorded));
  return {{"channel", hex_id(listed.id)},
          {"relay", channel.relay},
          {"chain_id", listed.book->domain().chain_id},
          {"contract", listed.book->domain().verifying_contract.to_eip55()},
          {"state", state_of(channel)},
          {"deposited", channel.balance.to_btt()},
          {"claimed", channel.total_claimed.to_btt()},
          {"confirmed", channel.confirmed.to_btt()},
          {"adopted", channel.adopted.to_btt()},
          {"signed", channel.signed_ceiling.to_btt()},
          {"claimable", promised.minus_floored(channel.total_claimed).to_btt()},
          {"withdrawable", channel.balance.minus_floored(promised).to_btt()},
          {"spendable", spendable.to_btt()},
          {"fees", channel.fees.to_btt()},
          {"unfinished", !channel.raw_transaction.empty() || !channel.withdrawal.empty()},
          {"withdraw_at", pending ? json(now->withdraw_at.unix_seconds()) : json(nullptr)}};
}

const char* name_of(WithdrawStep::Kind kind) {
  switch (kind) {
    case WithdrawStep::Kind::requested: return "requested";
    case WithdrawStep::Kind::waiting: return "waiting";
    case WithdrawStep::Kind::withdrawn: return "withdrawn";
    case WithdrawStep::Kind::refunded: return "refunded";
    case WithdrawStep::Kind::nothing: return "nothing";
  }
  return "nothing";
}

/// The relay that a channel pays, under the reference that was given last, else under that of the journal; null when neither names it.
Relay* relay_of(KnownRelays& relays, const PayerChannel& channel) {
  for (auto* relay : relays.all()) {
    if (relay->address() == channel.config.receiver_authorizer) return relay;
  }
  const auto recorded = RelayReference::parse(channel.relay);
  if (!recorded || recorded->relay != channel.config.receiver_authorizer) return nullptr;
  return &relays.get(*recorded);
}

/// What withdraw_one() needs beside the channel.
struct WithdrawOrder {
  WithdrawWish wish;
  std::shared_ptr<const base::SecretKey> wallet;
  const base::SecretKey& session;
  base::Time now;
  Loop* loop = nullptr;
  std::function<Waiting(const Ledger&)> waiting;
};

struct Withdrawn {
  WithdrawStep step;
  std::optional<base::Error> not_at_once;  ///< why the relay gave nothing back at once
};

/// Blocks.
Result<Withdrawn> take_step(const Listed& listed, const WithdrawOrder& order) {
  FERRY_TRY(const auto ledger, listed.ledger());
  const auto waiting = order.waiting(ledger);
  const auto durable = durable_in(*listed.book);
  FERRY_CHECK(finish_all(ledger, *order.loop, *listed.book, *order.wallet, waiting));
  FERRY_TRY(const auto channel, channel_now(*order.loop, *listed.book, listed.id));
  Withdrawn withdrawn;
  // A relay gives all back or nothing.
  if (!order.wish.timed && !order.wish.amount) {
    const CloseOrder close{listed.ask_to_close, *order.wallet, order.session, listed.book->domain_separator()};
    const auto closed = close_channel(*ledger.backend, listed.id, channel, close, durable, order.now, waiting);
    if (closed && *closed) return Withdrawn{**closed, std::nullopt};
    if (!closed && closed.error().code == "withdraw_unknown") return base::fail(closed.error());
    if (!closed) withdrawn.not_at_once = closed.error();
  }
  FERRY_TRY(const auto channel_then, channel_now(*order.loop, *listed.book, listed.id));
  FERRY_TRY(withdrawn.step, withdraw_step(*ledger.backend, listed.id, channel_then, order.wish.amount, *order.wallet, durable, order.now, waiting));
  return withdrawn;
}

/// Blocks.
json withdraw_one(const Listed& listed, const WithdrawOrder& order) {
  json entry{{"channel", hex_id(listed.id)}, {"relay", listed.channel.relay}};
  const auto withdrawn = take_step(listed, order);
  if (!withdrawn) {
    entry["error"] = error_json(withdrawn.error());
    return entry;
  }
  const auto& step = withdrawn->step;
  entry["step"] = name_of(step.kind);
  entry["amount"] = step.amount.to_btt();
  entry["withdraw_at"] = step.withdraw_at == base::Time{} ? json(nullptr) : json(step.withdraw_at.unix_seconds());
  if (!step.adopted.is_zero()) entry["adopted"] = step.adopted.to_btt();
  if (withdrawn->not_at_once) entry["not_at_once"] = error_json(*withdrawn->not_at_once);
  return entry;
}

/// Runs `each`, which blocks, for the listed channels, those of one ledger one after the other, and ends the job with their entries.
void answer_channels(Core& core, std::vector<Listed> list, const std::function<json(const Listed&)>& each, const ResultJobPtr& job) {
  if (list.empty()) return job->succeed({{"channels", json::array()}});
  struct Answers {
    std::vector<json> entries;  // each written by its own work
    std::size_t missing;
  };
  auto answers = std::make_shared<Answers>(Answers{std::vector<json>(list.size()), list.size()});
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto queue = queue_of(list[i].book->domain());
    core.blocking.run(
        queue, [answers, i, listed = std::move(list[i]), each] { answers->entries[i] = each(listed); },
        [answers, i, job] {
          if (--answers->missing == 0) job->succeed({{"channels", answers->entries}});
        });
  }
}

}  // namespace

void list_channels(Core& core, KnownRelays& relays, const ResultJobPtr& job) {
  const auto list = list_all(core, relays);
  const bool must_connect = std::any_of(list.begin(), list.end(), [](const Listed& l) { return must_ask(l) && !l.on_named_chain; });
  const auto answer = [&core, &relays, job](const std::map<Relay*, base::Error>&) { answer_channels(core, list_all(core, relays), &channel_json, job); };
  if (must_connect) return KnownRelays::connect_all(relays.all(), answer);
  answer({});
}

void deposit_into_channel(Relay& relay, Amount amount, const ResultJobPtr& job) {
  relay.channel().deposit(amount, [name = relay.text(), job](const Result<DepositMade>& made) {
    if (!made) return job->fail(made.error());
    job->succeed({{"relay", name},
                  {"channel", hex_id(made->channel)},
                  {"deposited", made->deposited.to_btt()},
                  {"balance", made->balance.to_btt()},
                  {"opened", made->opened},
                  {"transaction", hex_id(made->transaction)}});
  });
}

namespace {

/// Those that the wish is about. Refusal "channel_unknown".
Result<std::vector<Listed>> wished_channels(const Core& core, const KnownRelays& relays, const WithdrawWish& wish) {
  auto list = list_all(core, relays);
  std::erase_if(list, [&wish](const Listed& listed) {
    const bool has_something = has_money(listed.channel) || !listed.channel.raw_transaction.empty();
    return wish.channel ? listed.id != *wish.channel : !has_something;
  });
  if (wish.channel && list.empty()) return base::fail(base::refusal("channel_unknown", "the wallet has no such channel: list them (wallet channels)"));
  return list;
}

/// From now on nothing more is promised on them.
void abandon_all(KnownRelays& relays, const std::vector<Listed>& list) {
  for (const auto& listed : list) {
    for (auto* relay : relays.all()) {
      if (relay->channel().named() != nullptr && relay->channel().named()->id == listed.id) relay->channel().abandon("withdrawal");
    }
  }
}

AskToClose nobody_to_ask() {
  return [](const wire::CloseChannel&) -> Result<wire::CloseSigned> {
    return base::fail(base::environment("relay_unreachable", "nobody knows where the channel's relay is: name it (--relay)"));
  };
}

}  // namespace

void withdraw_from_channels(Core& core, KnownRelays& relays, const WithdrawWish& wish, const ResultJobPtr& job) {
  const auto wallet = core.keys.wallet();
  if (!wallet) return job->fail(base::refusal("no_wallet", "there is no wallet in this data directory: make one (wallet new), or name the right directory"));
  if (!wish.timed) {
    // Relays that were not named may be connected for this: those that the channels pay.
    if (const auto wished = wished_channels(core, relays, wish)) {
      for (const auto& listed : *wished) static_cast<void>(relay_of(relays, listed.channel));
    }
  }
  KnownRelays::connect_all(relays.all(), [&core, &relays, wish, wallet, job](const std::map<Relay*, base::Error>&) {
    auto list = wished_channels(core, relays, wish);
    if (!list) return job->fail(list.error());
    abandon_all(relays, *list);
    for (auto& listed : *list) {
      auto* relay = relay_of(relays, listed.channel);
      listed.ask_to_close = relay == nullptr ? nobody_to_ask() : relay->ask_to_close(listed.id, listed.book->domain());
    }
    const WithdrawOrder order{wish, wallet, core.keys.session(), core.now(), &core.loop, waiting_for(core, "withdrawal")};
    answer_channels(core, std::move(*list), [order](const Listed& listed) { return withdraw_one(listed, order); }, job);
  });
}

}  // namespace ferry::client

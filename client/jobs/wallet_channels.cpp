// list_channels, deposit_into_channel, withdraw_from_channels: the channels of this wallet.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "channels/chain/remote_ledger.hpp"
#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"
#include "client/pay/withdraw.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using channels::PayerChannel;
using nlohmann::json;

namespace {

/// A channel with what is needed to ask its ledger about it.
struct Listed {
  base::ChannelId id;
  PayerChannel channel;
  PayerBook* book = nullptr;
  chain::LedgerTransport transport;  ///< empty when no relay of that ledger is connected
};

std::vector<Listed> list_all(const Core& core, const KnownRelays& relays) {
  std::vector<Listed> list;
  for (auto* book : core.books.all()) {
    auto* relay = relays.serving(book->domain());
    for (const auto& [id, channel] : book->ledger().channels()) {
      list.push_back({id, channel, book, relay != nullptr ? relay->ledger_transport() : chain::LedgerTransport{}});
    }
  }
  std::sort(list.begin(), list.end(), [](const Listed& a, const Listed& b) { return a.channel.relay != b.channel.relay ? a.channel.relay < b.channel.relay : a.id < b.id; });
  return list;
}

bool has_money(const PayerChannel& channel) { return channel.balance > channel.total_claimed; }

/// When a closing channel's money may be taken, if its ledger can be asked. Blocks.
std::optional<base::Time> withdraw_time(const Listed& listed) {
  if (!listed.channel.closed || !has_money(listed.channel) || !listed.transport) return std::nullopt;
  chain::RemoteLedger ledger(listed.transport, listed.book->domain());
  const auto state = ledger.read_channel(listed.id);
  if (!state.is_ok() || state.value->pending_withdraw.is_zero()) return std::nullopt;
  return state.value->withdraw_at;
}

json channel_json(const Listed& listed) {
  const auto& channel = listed.channel;
  const auto withdraw_at = withdraw_time(listed);
  const Amount spendable = channel.closed ? Amount{} : channel.balance.minus_floored(std::max(channel.signed_ceiling, channel.recorded));
  return {{"channel", hex_id(listed.id)},
          {"relay", channel.relay},
          {"state", !channel.closed ? "open" : has_money(channel) ? "closing" : "closed"},
          {"deposited", channel.balance.to_btt()},
          {"claimed", channel.total_claimed.to_btt()},
          {"confirmed", channel.confirmed.to_btt()},
          {"adopted", channel.adopted.to_btt()},
          {"signed", channel.signed_ceiling.to_btt()},
          {"spendable", spendable.to_btt()},
          {"withdraw_at", withdraw_at ? json(withdraw_at->unix_seconds()) : json(nullptr)}};
}

const char* name_of(WithdrawStep::Kind kind) {
  switch (kind) {
    case WithdrawStep::Kind::requested: return "requested";
    case WithdrawStep::Kind::waiting: return "waiting";
    case WithdrawStep::Kind::withdrawn: return "withdrawn";
    case WithdrawStep::Kind::nothing: return "nothing";
  }
  return "nothing";
}

/// Blocks.
json withdraw_one(const Listed& listed, const std::optional<Amount>& amount, const base::SecretKey& wallet, base::Time now) {
  json entry{{"channel", hex_id(listed.id)}, {"relay", listed.channel.relay}};
  if (!listed.transport) {
    entry["error"] = error_json(base::environment("relay_unreachable", "no relay that serves this channel's ledger answers: name one that does"));
    return entry;
  }
  chain::RemoteLedger ledger(listed.transport, listed.book->domain());
  const auto durable = [book = listed.book](auto make) { return book->append_and_wait(std::move(make)); };
  const auto step = withdraw_step(ledger, listed.id, listed.channel.config, amount, wallet, durable, now);
  if (!step) {
    entry["error"] = error_json(step.error());
    return entry;
  }
  entry["step"] = name_of(step->kind);
  entry["amount"] = step->amount.to_btt();
  entry["withdraw_at"] = step->withdraw_at == base::Time{} ? json(nullptr) : json(step->withdraw_at.unix_seconds());
  return entry;
}

/// Runs `each` for the listed channels on the blocking thread, and ends the job with their entries.
void answer_channels(Core& core, std::vector<Listed> list, std::function<json(const Listed&)> each, const ResultJobPtr& job) {
  auto entries = std::make_shared<json>(json::array());
  core.blocking.run(
      [entries, list = std::move(list), each = std::move(each)] {
        for (const auto& listed : list) entries->push_back(each(listed));
      },
      [entries, job] { job->succeed({{"channels", *entries}}); });
}

}  // namespace

void list_channels(Core& core, KnownRelays& relays, const ResultJobPtr& job) {
  const auto list = list_all(core, relays);
  const bool must_ask = std::any_of(list.begin(), list.end(), [](const Listed& l) { return l.channel.closed && has_money(l.channel); });
  const auto answer = [&core, &relays, job](const std::map<Relay*, base::Error>&) { answer_channels(core, list_all(core, relays), &channel_json, job); };
  if (must_ask) return KnownRelays::connect_all(relays.all(), answer);
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

void withdraw_from_channels(Core& core, KnownRelays& relays, std::optional<base::ChannelId> channel, std::optional<Amount> amount,
                            const ResultJobPtr& job) {
  const auto wallet = core.keys.wallet();
  if (!wallet) return job->fail(base::refusal("no_wallet", "there is no wallet in this data directory: make one (wallet new), or name the right directory"));
  KnownRelays::connect_all(relays.all(), [&core, &relays, channel, amount, wallet, job](const std::map<Relay*, base::Error>&) {
    auto list = list_all(core, relays);
    std::erase_if(list, [&channel](const Listed& listed) { return channel ? listed.id != *channel : !has_money(listed.channel); });
    if (channel && list.empty()) return job->fail(base::refusal("channel_unknown", "the wallet has no such channel: list them (wallet channels)"));
    // From now on nothing more is promised on them.
    for (const auto& listed : list) {
      for (auto* relay : relays.all()) {
        if (relay->channel().named() != nullptr && relay->channel().named()->id == listed.id) relay->channel().abandon("withdrawal");
      }
    }
    answer_channels(core, std::move(list), [amount, wallet, now = core.now()](const Listed& listed) { return withdraw_one(listed, amount, *wallet, now); }, job);
  });
}

}  // namespace ferry::client

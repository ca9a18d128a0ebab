#include "client/pay/channel_setup.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
#include "client/pay/withdraw.hpp"
#include "client/pay/waiting.hpp"
#include "client/relays/relay.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

/// Refusals that speak of the moment, not of the channel.
bool is_passing(const wire::ChannelState& message) {
  return message.code == "ledger_unreachable" || message.code == "journal_slow" || message.code == "journal_failed" || message.code == "journal_io" ||
          message.code == "chain_inconsistent";
}

}  // namespace

ChannelSetup::ChannelSetup(Core& core, Relay& relay) : core_(core), relay_(relay), timer_(core.loop) {}

void ChannelSetup::prepare(Amount spendable, Ready ready, Opening opening) {
  waiting_.push_back(std::move(ready));
  opening_ = std::max(opening_, opening);
  spendable_ = std::max(spendable_, spendable);
  if (!std::exchange(running_, true)) core_.loop.post([this] { run(); });
}

void ChannelSetup::run() {
  relay_.connect([this, before = session_number_](const Result<void>& connected) {
    if (!is_current(before)) return;  // on_session_ended told everybody
    if (!connected) return finish(connected);
    if (named_) return finish({});
    const auto& welcome = relay_.session()->welcome();
    core_.books.open(base::Domain{welcome.chain_id, welcome.contract}, [this, session = session_number_](const Result<PayerBook*>& book) {
      if (!is_current(session)) return;  // on_session_ended told everybody
      if (!book) return finish(base::fail(book.error()));
      use_book(*book);
    });
  });
}

void ChannelSetup::use_book(PayerBook* book) {
  book_ = book;
  pick();
}

void ChannelSetup::pick() {
  if (orders_ > 0) {  // of an earlier session: what it deposits may be what is looked for
    pick_after_order_ = session_number_;
    return;
  }
  if (const auto best = best_channel()) return name(*best);
  for (const auto& [id, channel] : book_->ledger().channels()) {
    const bool ours = channel.config.receiver_authorizer == relay_.address();
    if (ours && !channel.closed && !channel.raw_transaction.empty() && submitted_again_.insert(id).second) return submit_again(id);
  }
  open_new();
}

/// Of the channels that this relay would take, the one with most left to promise.
std::optional<base::ChannelId> ChannelSetup::best_channel() const {
  const auto& welcome = relay_.session()->welcome();
  std::optional<base::ChannelId> best;
  Amount most;
  for (const auto& [id, channel] : book_->ledger().channels()) {
    const auto& config = channel.config;
    const bool fits = config.receiver_authorizer == welcome.relay && config.receiver == welcome.receiver && config.token == welcome.token &&
                      config.payer_authorizer == core_.keys.session().address();
    if (!fits || channel.closed || unusable_.contains(id)) continue;
    const Amount left = channel.balance.minus_floored(std::max(channel.signed_ceiling, channel.recorded));
    if (left <= most) continue;
    most = left;
    best = id;
  }
  return best;
}

void ChannelSetup::name(const base::ChannelId& id) {
  auto* session = relay_.session();
  if (session == nullptr) return finish(base::fail(base::environment("relay_lost", "the relay left before a channel was named")));
  const auto* channel = book_->ledger().find(id);
  naming_ = id;
  timer_.start(core_.settings.patience.answer, [this] {
    relay_.end_session(base::environment("relay_silent", "the relay does not answer about a channel: use another one"));
  });
  session->open_channel(wire::OpenChannel{channels::pack(channel->config), channel->confirmed});
}

void ChannelSetup::on_channel_state(wire::ChannelState message) {
  if (naming_ != message.channel) return;
  naming_.reset();
  timer_.stop();
  if (!message.open) return on_refused(message);
  const auto resumed = book_->resume(message.channel, channels::RelayView{message.charged, message.ceiling, message.ceiling_signature});
  if (!resumed && resumed.error().code == "wallet_outdated") {
    core_.announcer.event("channel_outdated", "the channel " + hex_id(message.channel) + " is left alone, another is opened: " + resumed.error().message,
                          {{"relay", relay_.text()}, {"channel", hex_id(message.channel)}});
    unusable_.insert(message.channel);
    return pick();
  }
  if (!resumed) {
    relay_.fault(resumed.error());
    return finish(resumed);
  }
  const auto* channel = book_->ledger().find(message.channel);
  // Only before anything is under way in this session is the difference a loss.
  const bool is_first = !named_ || named_->id != message.channel;
  const Amount lost = is_first ? message.charged.minus_floored(channel->recorded) : named_->lost;
  const Amount adopted = is_first ? Amount::zero() : named_->adopted;
  named_ = NamedChannel{message.channel, book_, message.credit_chunks, lost, message.balance, adopted};
  if (is_behind(message.channel, message.balance) && waits_for_relay(message.channel)) return;
  behind_since_.reset();
  if (message.balance == channel->balance) return finish({});
  refresh(message.channel, [this](const Result<void>& refreshed) { finish(refreshed); });
}

/// The chain's own nodes show more than the relay does.
bool ChannelSetup::is_behind(const base::ChannelId& id, Amount shown) const {
  return is_on_named_chain() && book_->ledger().find(id)->balance > shown;
}

/// Looks again a little later, while patience lasts.
bool ChannelSetup::waits_for_relay(const base::ChannelId& id) {
  const auto now = core_.now();
  if (!behind_since_) {
    behind_since_ = now;
    core_.announcer.event("relay_behind", relay_.text() + " has not seen the deposit yet: it is waited for", {{"relay", relay_.text()}, {"channel", hex_id(id)}});
  }
  if (now - *behind_since_ >= core_.settings.patience.on_chain) return false;
  timer_.start(core_.settings.patience.look_again, [this, id, session = session_number_] {
    if (is_current(session)) name(id);
  });
  return true;
}

void ChannelSetup::on_refused(const wire::ChannelState& message) {
  const auto why = base::environment(message.code, "the relay does not take the channel: " + base::printable(message.message));
  core_.announcer.log(LogLevel::info, "channel " + hex_id(message.channel), why);
  if (is_passing(message)) return finish(base::fail(why));
  const auto* channel = book_->ledger().find(message.channel);
  if (message.code == "channel_not_on_ledger" && !channel->raw_transaction.empty() && submitted_again_.insert(message.channel).second) {
    return submit_again(message.channel);
  }
  // Whether it is closed, only the chain can say.
  refresh(message.channel, [this, id = message.channel, why](const Result<void>& refreshed) {
    const bool must_be_sure = is_on_named_chain();  // another deposit costs more than waiting
    if (!refreshed && must_be_sure) return finish(refreshed);
    if (why.code == "channel_not_on_ledger" && is_behind(id, Amount::zero()) && !book_->ledger().find(id)->closed) {
      if (waits_for_relay(id)) return;
      behind_since_.reset();
      return finish(base::fail(base::environment("relay_behind", "the chain shows the deposit, but the relay does not see it: try again later, or take the money back (wallet withdraw)")));
    }
    unusable_.insert(id);
    pick();
  });
}

LedgerAccess ChannelSetup::ledger() { return core_.ledgers.at(book_->domain(), relay_.ledger_transport()); }

void ChannelSetup::refresh(const base::ChannelId& id, Ready refreshed) {
  auto outcome = std::make_shared<Result<void>>();
  const auto work = [outcome, id, book = book_, access = ledger()] {
    *outcome = [&]() -> Result<void> {
      FERRY_TRY(const auto ledger, access());
      FERRY_CHECK(refresh_channel(*ledger.backend, id, durable_in(*book)));
      return {};
    }();
  };
  core_.blocking.run(queue_of(book_->domain()), work, [this, outcome, refreshed = std::move(refreshed), session = session_number_] {
    if (is_current(session)) refreshed(*outcome);
  });
}

void ChannelSetup::submit_again(const base::ChannelId& id) {
  if (!core_.keys.wallet()) return pick();  // nothing can be sent that this device has signed
  auto outcome = std::make_shared<Result<void>>();
  const auto work = [outcome, id, book = book_, loop = &core_.loop, wallet = core_.keys.wallet(), access = ledger(), waiting = waiting_for(core_, "deposit")] {
    *outcome = [&]() -> Result<void> {
      FERRY_TRY(const auto channel, channel_now(*loop, *book, id));
      if (channel.raw_transaction.empty()) return {};
      FERRY_TRY(const auto ledger, access());
      FERRY_CHECK(finish_deposit(*ledger.backend, id, channel, *wallet, durable_in(*book), waiting(ledger)));
      return {};
    }();
  };
  core_.blocking.run(queue_of(book_->domain()), work, [this, outcome, session = session_number_] {
    if (!*outcome) core_.announcer.log(LogLevel::warning, "an earlier deposit", outcome->error());
    if (!is_current(session)) return;
    if (!*outcome && outcome->error().kind == base::ErrorKind::environment) return finish(*outcome);
    pick();
  });
}

Result<DepositOrder> ChannelSetup::new_order(Amount wanted) const {
  if (!core_.keys.wallet()) {
    FERRY_CHECK(core_.keys.make_wallet(core_.data_dir));
    const auto address = core_.keys.wallet()->address().to_eip55();
    core_.announcer.event("wallet_created", "a wallet was made: " + address + ", its key is " + core_.data_dir.wallet_key().string(),
                          {{"address", address}});
  }
  const auto& welcome = relay_.session()->welcome();
  DepositOrder order;
  order.relay = relay_.text();
  order.at_least = std::max(welcome.min_deposit, Amount::from_units(1));
  order.wanted = std::max(wanted, order.at_least);
  order.may_use_faucet = core_.settings.use_faucet;
  if (named_) {
    order.opens = false;
    order.config = book_->ledger().find(named_->id)->config;
    return order;
  }
  order.config.payer = core_.keys.wallet()->address();
  order.config.payer_authorizer = core_.keys.session().address();
  order.config.receiver = welcome.receiver;
  order.config.receiver_authorizer = welcome.relay;
  order.config.token = welcome.token;
  order.config.withdraw_delay = welcome.withdraw_delay;
  order.config.salt = base::Salt::random();
  FERRY_CHECK(channels::check(order.config));
  return order;
}

void ChannelSetup::open_new() {
  if (opening_ == Opening::never) return finish(base::fail(base::refusal(std::string(kNoChannel), "there is no channel with this relay")));
  if (opening_ != Opening::at_any_cost && is_on_named_chain()) {
    return finish(base::fail(base::refusal("channel_dear", "there is no channel with this relay, and one on a chain is not opened only to be faster")));
  }
  auto wanted = new_order(std::min(core_.settings.deposit, spendable_));
  if (!wanted) return finish(base::fail(wanted.error()));
  order(std::move(*wanted), [this, session = session_number_](const Result<DepositMade>& made) {
    if (!is_current(session)) return;
    if (!made) return finish(base::fail(made.error()));
    name(made->channel);
  });
}

void ChannelSetup::order(DepositOrder order, Deposited done) {
  const auto work = [order, loop = &core_.loop, wallet = core_.keys.wallet(), waiting = waiting_for(core_, "deposit")](PayerBook& book, const Ledger& ledger) -> Result<DepositMade> {
    FERRY_CHECK(finish_all(ledger, *loop, book, *wallet, waiting(ledger)));
    return make_deposit(*ledger.backend, book.domain(), order, *wallet, durable_in(book), waiting(ledger));
  };
  run_deposit(work, std::move(done));
}

/// The one of this amount whose fate an earlier attempt did not learn, instead of another.
void ChannelSetup::finish_order(const base::ChannelId& id, Deposited done) {
  const auto work = [id, loop = &core_.loop, wallet = core_.keys.wallet(), waiting = waiting_for(core_, "deposit")](PayerBook& book, const Ledger& ledger) -> Result<DepositMade> {
    FERRY_TRY(const auto channel, channel_now(*loop, book, id));
    DepositMade made{id, channel.deposit, channel.balance, channel.balance.is_zero(), {}, std::nullopt};
    if (channel.raw_transaction.empty()) return made;
    made.transaction = recorded_alternatives(channel, channel.raw_transaction).front().id;
    FERRY_TRY(const auto state, finish_deposit(*ledger.backend, id, channel, *wallet, durable_in(book), waiting(ledger)));
    made.balance = state.balance;
    return made;
  };
  run_deposit(work, std::move(done));
}

void ChannelSetup::run_deposit(std::function<Result<DepositMade>(PayerBook&, const Ledger&)> procedure, Deposited done) {
  ++orders_;
  auto outcome = std::make_shared<Result<DepositMade>>(base::fail(base::environment("client_closing", "the client is being closed")));
  const auto work = [outcome, procedure = std::move(procedure), book = book_, access = ledger()] {
    *outcome = [&]() -> Result<DepositMade> {
      FERRY_TRY(const auto ledger, access());
      return procedure(*book, ledger);
    }();
  };
  core_.blocking.run(queue_of(book_->domain()), work, [this, outcome, done = std::move(done)] {
    if (*outcome) {
      const auto& made = **outcome;
      const auto channel = hex_id(made.channel);
      if (made.granted) {
        core_.announcer.event("faucet_used", "the ledger's faucet gave " + made.granted->to_btt() + " test BTT", {{"relay", relay_.text()}, {"amount", made.granted->to_btt()}});
      }
      core_.announcer.event("deposit_made", made.deposited.to_btt() + " BTT moved from the wallet into the channel to " + relay_.text(),
                            {{"relay", relay_.text()}, {"channel", channel}, {"amount", made.deposited.to_btt()}});
      if (made.opened) {
        core_.announcer.event("channel_opened", "a channel to " + relay_.text() + " is open", {{"relay", relay_.text()}, {"channel", channel}, {"balance", made.balance.to_btt()}});
      }
    }
    --orders_;
    done(*outcome);
    if (orders_ > 0) return;
    if (const auto session = std::exchange(pick_after_order_, std::nullopt); session && is_current(*session)) pick();
  });
}

void ChannelSetup::top_up(Amount at_most, Ready ready) {
  if (!named_ || topping_up_) return;
  if (is_behind(named_->id, named_->shown_balance)) {  // it is there, and only the relay does not know: more would not help
    if (!running_) {
      waiting_.push_back(std::move(ready));
      running_ = true;
      name(named_->id);
    }
    return;
  }
  topping_up_ = true;
  // Grows with what has been used, so that a long download needs few transactions.
  const auto used = book_->ledger().find(named_->id)->signed_ceiling;
  auto wanted = new_order(std::min(at_most, std::max(core_.settings.deposit, used)));
  const auto finished = [this, ready, session = session_number_](const Result<DepositMade>& made) {
    topping_up_ = false;
    if (!is_current(session)) return;
    if (!made) return ready(base::fail(made.error()));
    waiting_.push_back(ready);
    running_ = true;
    name(made->channel);
  };
  if (wanted) {
    order(std::move(*wanted), finished);
  } else {
    core_.loop.post([finished, error = wanted.error()] { finished(base::fail(error)); });
  }
}

/// To this relay, of unknown fate.
std::optional<base::ChannelId> ChannelSetup::pending_deposit(Amount amount) const {
  if (!core_.keys.wallet() || orders_ > 0) return std::nullopt;
  for (const auto& [id, channel] : book_->ledger().channels()) {
    const bool ours = channel.config.receiver_authorizer == relay_.address() && channel.config.payer == core_.keys.wallet()->address();
    if (ours && !channel.closed && !channel.raw_transaction.empty() && channel.deposit == amount) return id;
  }
  return std::nullopt;
}

void ChannelSetup::deposit(Amount amount, Deposited done) {
  relay_.connect([this, amount, done = std::move(done)](const Result<void>& connected) {
    if (!connected) return done(base::fail(connected.error()));
    const auto& welcome = relay_.session()->welcome();
    core_.books.open(base::Domain{welcome.chain_id, welcome.contract}, [this, amount, done](const Result<PayerBook*>& book) {
      if (!book) return done(base::fail(book.error()));
      if (relay_.session() == nullptr) return done(base::fail(base::environment("relay_lost", "the relay left; try again")));
      book_ = *book;
      if (const auto pending = pending_deposit(amount)) return finish_order(*pending, done);
      auto wanted = new_order(amount);
      if (!wanted) return done(base::fail(wanted.error()));
      if (const auto best = best_channel()) {
        wanted->config = book_->ledger().find(*best)->config;
        wanted->opens = false;
        wanted->at_least = Amount::from_units(1);
      }
      if (amount < wanted->at_least) {
        return done(base::fail(base::refusal("deposit_too_small", "this relay asks for at least " + wanted->at_least.to_btt() + " BTT in a new channel")));
      }
      wanted->wanted = wanted->at_least = amount;
      order(std::move(*wanted), done);
    });
  });
}

void ChannelSetup::abandon(const std::string& code) {
  if (!named_) return;
  core_.announcer.log(LogLevel::warning, "the channel " + hex_id(named_->id) + " is not used any more: " + code);
  unusable_.insert(named_->id);
  named_.reset();
}

void ChannelSetup::on_session_ended(const base::Error& error) {
  ++session_number_;
  named_.reset();
  naming_.reset();
  topping_up_ = false;
  behind_since_.reset();
  timer_.stop();
  if (running_) finish(base::fail(error));
}

void ChannelSetup::finish(const Result<void>& outcome) {
  running_ = false;
  opening_ = Opening::never;
  spendable_ = Amount::zero();
  if (!outcome) named_.reset();
  for (const auto& ready : std::exchange(waiting_, {})) ready(outcome);
}

}  // namespace ferry::client

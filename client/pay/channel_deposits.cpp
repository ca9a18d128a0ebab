// The money side of a ChannelSetup: deposits that open a channel, top it up, or are of unknown fate since an earlier run.

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
#include "client/pay/channel_setup.hpp"
#include "client/pay/waiting.hpp"
#include "client/relays/relay.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

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

}  // namespace ferry::client

#include "client/pay/channel_setup.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
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

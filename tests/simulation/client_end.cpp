#include "tests/simulation/client_end.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/download.hpp"
#include "tests/simulation/sim_client.hpp"

namespace ferry::simulation {

using base::Amount;

namespace {

constexpr Amount kDeposit = Amount::btt(2'000);   ///< as ClientSettings::deposit
constexpr std::uint32_t kPrepayChunks = 4;        ///< as ClientSettings::prepay_chunks
constexpr std::uint64_t kReserveChunks = 64;      ///< as the VoucherSigner's

Amount held_ceiling(const channels::PayerChannel& channel) { return std::max(channel.sent_ceiling, channel.total_claimed); }

}  // namespace

ClientEnd::ClientEnd(SimClient& client, SimRelay& relay, Connection& connection)
    : client_(client), relay_(relay), world_(client.world), connection_(connection) {
  config_.payer = config_.payer_authorizer = client.key.address();
  config_.receiver = config_.receiver_authorizer = relay.key.address();
  config_.token = kToken;
  channel_ = channels::channel_id(kDomain, config_);
}

void ClientEnd::open() {
  if (over_) return;
  const wire::ClientSessionSettings settings{relay_.key.address(), "simulation"};
  session_ = std::make_unique<wire::ClientSession>(settings, client_.key, wire::Exporter{}, world_.time());
  speak();
}

void ClientEnd::speak() { connection_.client_speaks(); }

void ClientEnd::receive(base::ByteView message) {
  if (over_) return;
  auto event = session_->receive(message, nullptr, world_.time());
  if (!event) impossible(event.error());  // even liars speak the protocol
  if (*event) std::visit([this](auto& what) { on(what); }, **event);
  if (over_) return;
  sign_more();
  speak();
}

void ClientEnd::when_ready(Ready ready) {
  if (!ready_ && !over_) {
    waiting_.push_back(std::move(ready));
    if (session_ && session_->welcomed()) {
      take_channel();
      speak();
    }
    return;
  }
  world_.events.after(0, [self = connection_.shared_from_this(), this, ready = std::move(ready)] {
    const auto gone = base::environment("relay_lost", "the relay left at this moment");
    ready(over_ ? &gone : nullptr);
  });
}

void ClientEnd::tell_waiting(const base::Error* why_not) {
  for (const auto& ready : std::exchange(waiting_, {})) ready(why_not);
}

void ClientEnd::lost(const base::Error& why) {
  if (std::exchange(over_, true)) return;
  const auto alive = connection_.shared_from_this();
  if (!session_ || !session_->welcomed()) client_.score(relay_).answered(false);
  connection_.end();
  tell_waiting(&why);
  for (const auto& [stream, download] : std::exchange(downloads_, {})) download->lost(why);
}

void ClientEnd::on(const wire::RelayWelcomed&) {
  auto& score = client_.score(relay_);
  score.answered(true);
  score.welcomed_after(2 * connection_.one_way());
  if (!waiting_.empty()) take_channel();
  client_.met();
}

void ClientEnd::take_channel() {
  if (std::exchange(named_, true)) return;
  const auto* known = client_.ledger.find(channel_);
  if (known == nullptr) return deposit(kDeposit, kQuestionTrips + kDepositTrips);
  session_->open_channel({channels::pack(config_), known->confirmed});
}

void ClientEnd::deposit(Amount amount, int round_trips) {
  if (std::exchange(depositing_, true)) return;
  world_.events.after(2 * round_trips * connection_.one_way(), [self = connection_.shared_from_this(), this, amount] {
    depositing_ = false;
    if (over_) return;
    auto& ledger = client_.ledger;
    auto& chain = world_.chain[channel_];
    if (chain.balance.is_zero()) ++world_.tally.channels;
    ++world_.tally.deposits;
    world_.tally.deposited = world_.tally.deposited.plus_saturated(amount);
    ledger.apply(must(ledger.open("ferry://relay", config_, amount, base::Bytes{1})));
    chain.balance = chain.balance.plus_saturated(amount);
    ledger.apply(must(ledger.sync(channel_, chain.balance, chain.total_claimed, false)));
    session_->open_channel({channels::pack(config_), ledger.find(channel_)->confirmed});
    speak();
  });
}

void ClientEnd::on(const wire::ChannelState& event) {
  if (!event.open) impossible(base::bug(event.code, event.message));
  const auto resumed = client_.ledger.resume(channel_, {event.charged, event.ceiling, event.ceiling_signature});
  if (!resumed) impossible(resumed.error());
  ready_ = true;
  tell_waiting(nullptr);
}

void ClientEnd::on(const wire::VoucherRefused& event) {
  if (event.code != "voucher_not_above_last") impossible(base::bug(event.code, event.message));
}

void ClientEnd::on(const wire::NeedVoucher& event) {
  need_ = event;
  sign_more();
  const auto download = downloads_.find(event.stream);
  if (download != downloads_.end() && download->second->is_left() && !has_promised(event.required)) remove(event.stream, true);
}

template <typename Message>
void ClientEnd::pass_on(Message& message) {
  const auto found = downloads_.find(message.stream);
  if (found == downloads_.end()) return;
  const auto download = found->second;  // it may remove itself
  download->on(message);
}

base::Result<void> ClientEnd::add(wire::Request request, const std::shared_ptr<Download>& download) {
  FERRY_TRY(const auto stream, session_->open_stream(std::move(request)));
  downloads_.emplace(stream, download);
  download->has_stream(stream);
  speak();
  return {};
}

void ClientEnd::remove(base::StreamId stream, bool cancel) {
  if (downloads_.erase(stream) == 0) return;
  if (cancel) session_->cancel(stream);
}

/// As VoucherSigner::owed() and deliver().
Amount ClientEnd::deliver(channels::DeliveredRecord delivery) {
  if (client_.counted.contains(delivery)) delivery.charge = {};
  auto& ledger = client_.ledger;
  const auto record = ledger.delivered(channel_, delivery.request, delivery.index, delivery.chunk_hash, delivery.charge, delivery.charged_after);
  ledger.apply(record);
  client_.counted.add(delivery);
  return delivery.charge;
}

bool ClientEnd::has_promised(Amount ceiling) const { return held_ceiling(*client_.ledger.find(channel_)) >= ceiling; }

ClientEnd::Wants ClientEnd::wants() const {
  Wants wants;
  for (const auto& [stream, download] : downloads_) {
    const auto& purchase = download->purchase();
    const auto window = purchase.chunk_price().times(kPrepayChunks)->plus_saturated(purchase.fee());
    wants.window = std::max(wants.window, window);
    wants.chunk_price = std::max(wants.chunk_price, purchase.chunk_price());
    wants.reserved = wants.reserved.plus_saturated(purchase.reserved());
  }
  return wants;
}

/// As VoucherSigner::sign_more(), with a journal that takes no time.
void ClientEnd::sign_more() {
  if (!ready_ || over_) return;
  auto& ledger = client_.ledger;
  const auto* channel = ledger.find(channel_);
  const auto wants = this->wants();
  const Amount ahead = std::min(wants.window, wants.reserved);
  const Amount held = held_ceiling(*channel);
  if (need_ && need_->required <= held) need_.reset();
  const Amount half = *wants.window.scaled_down(1, 2);
  const Amount target = channel->confirmed.plus_saturated(ahead);
  const bool meets_need = need_ && need_->required <= target;
  if (meets_need || channel->confirmed > held || held.minus_floored(channel->confirmed) < std::min(half, ahead)) {
    const auto step = ledger.next_ceiling(channel_, ahead, *wants.chunk_price.times(kReserveChunks));
    if (step && *step) {
      const auto& [ceiling, reserve] = **step;
      if (reserve) ledger.apply(*reserve);
      const auto voucher = channels::sign_voucher(kDomain, channel_, ceiling, client_.key);
      ledger.signed_up_to(channel_, ceiling);
      session_->send(wire::VoucherMessage{channel_, ceiling, voucher.signature, ledger.find(channel_)->confirmed});
      ++world_.tally.vouchers;
    }
  }
  // Grows with what has been used, as ChannelSetup::top_up().
  if (target > channel->balance) deposit(std::max(kDeposit, channel->signed_ceiling), kDepositTrips);
}

}  // namespace ferry::simulation

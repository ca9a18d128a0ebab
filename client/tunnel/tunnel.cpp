#include "client/tunnel/tunnel.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/recent_deliveries.hpp"
#include "client/fetch/body_stream.hpp"
#include "client/json_text.hpp"
#include "client/relays/refusal.hpp"
#include "pricing/tunnel_price.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

/// For what a relay has still to say about a tunnel that nobody wants any more.
constexpr base::Duration kPatience{30'000};
/// When a budget has little left, windows are opened in small pieces.
constexpr std::uint64_t kSmallGrant = 16 * 1024;

base::Error budget_reached(const Purchase& purchase) {
  return base::refusal("budget_reached", purchase.reached_budget() + " budget is reached; another MiB may cost " +
                                             purchase.chunk_price().times(4).value_or(Amount::max()).to_btt() + " BTT: raise it, or wait for its next period");
}

wire::OpenTunnel open_message(const Destination& to, const base::ChannelId& channel) {
  wire::OpenTunnel message;
  message.channel = channel;
  message.host = to.host.is_address() ? std::get<base::IpAddress>(to.host.value).to_string() : to.host.to_string();
  message.port = to.port;
  return message;
}

Result<void> check_limit(const pricing::Quote& quote, const std::optional<Amount>& max_price) {
  const Amount dearest = std::max(pricing::tunnel_per_mib(quote), quote.per_request);
  if (!max_price || dearest <= *max_price) return {};
  return base::fail(base::refusal("price_too_high", "the relay asks " + dearest.to_btt() + " BTT per MiB or tunnel, the limit is " +
                                                        max_price->to_btt() + ": raise the limit, or use another relay"));
}

}  // namespace

Question question_of(const Destination& to) {
  const auto open = [to](Session& session, const base::ChannelId& channel, StreamListener& listener) {
    return session.open_tunnel(open_message(to, channel), listener);
  };
  return {content::tunnel_hash(to.host, to.port), open};
}

OpeningTerms opening_terms(Core& core, const std::optional<Amount>& max_price, const std::shared_ptr<Budget>& budget) {
  OpeningTerms terms;
  terms.spendable = [&core, budget] { return std::min(budget->left(), core.budget.left()); };
  terms.check = [&core, max_price, budget](const pricing::Quote& quote) -> Result<void> {
    FERRY_CHECK(check_limit(quote, max_price));
    Purchase trial(budget, core.budget);
    return trial.agree_tunnel(quote) && trial.grant_bytes(kSmallGrant) ? Result<void>{} : base::fail(budget_reached(trial));
  };
  return terms;
}

Tunnel::Tunnel(Core& core, Relay& relay, TunnelOrder order, TunnelListener& listener)
    : core_(core),
      relay_(relay),
      order_(std::move(order)),
      listener_(&listener),
      purchase_(order_.budget, core.budget),
      patience_(core.loop),
      hash_(content::tunnel_hash(order_.to.host, order_.to.port)) {}

Tunnel::~Tunnel() {
  order_.memory->remove(granted_ - received_ + unconsumed_);
  forget_stream();
}

/// With a limit the relay need not wait for our yes. Without one by the user, the relay's own last prices are as good: they were accepted before.
std::optional<wire::TunnelLimit> Tunnel::limit() const {
  if (order_.max_price) return wire::TunnelLimit{*order_.max_price, *order_.max_price, *order_.max_price};
  const auto& last = relay_.last_quote();
  if (!last) return std::nullopt;
  return wire::TunnelLimit{last->tunnel_down_per_mib, last->tunnel_up_per_mib, last->per_request};
}

void Tunnel::start() {
  const auto* named = relay_.channel().named();
  channel_ = named->id;
  domain_ = named->book->domain();
  domain_separator_ = named->book->domain_separator();
  const auto* channel = named->book->ledger().find(named->id);
  payer_ = channel->config.payer;
  relay_.signer().add(*this);
  auto message = open_message(order_.to, channel_);
  message.confirmed = channel->confirmed;
  if (const auto wanted = limit(); wanted && purchase_.expect(*wanted)) {
    limit_ = message.accept_up_to = wanted;
    message.window = next_grant();
    granted_ = message.window;
  }
  auto opened = relay_.session()->open_tunnel(std::move(message), *this);
  if (!opened) {
    core_.loop.post([self = shared_from_this(), error = std::move(opened).error()] { self->end(base::fail(error)); });
    return;
  }
  stream_ = *opened;
  patience_.start(core_.settings.patience.stalled, [this] { stop(base::environment("relay_stalled", "the relay did not open the tunnel in time")); });
  relay_.signer().sign_more();
}

Result<pricing::Quote> Tunnel::check_new_offer(const wire::QuoteMessage& message) const {
  auto quote = pricing::unpack_quote(base::ByteView{message.quote});
  if (!quote) return base::fail(quote.error());
  pricing::QuoteSubject subject;
  subject.relay = relay_.address();
  subject.payer = payer_;
  subject.request = hash_;
  subject.chunk_bytes = content::kChunkBytes;
  FERRY_CHECK(pricing::check_quote(domain_separator_, *quote, message.signature, subject, core_.now()));
  return quote;
}

Result<pricing::Quote> Tunnel::check_offer(const wire::QuoteMessage& message) {
  auto& offers = relay_.tunnel_offers();
  const auto* standing = offers.find(payer_, hash_, core_.now());
  const bool again = standing != nullptr && standing->packed == message.quote && standing->signature == message.signature;
  auto quote = again ? Result<pricing::Quote>(standing->quote) : check_new_offer(message);
  if (!quote) return quote;
  FERRY_CHECK(check_limit(*quote, order_.max_price));
  if (!again) {
    core_.evidence.keep_quote(domain_, *quote, message);
    offers.keep({*quote, message.quote, message.signature}, core_.now());
  }
  return quote;
}

void Tunnel::on_quote(wire::QuoteMessage message) {
  const auto quote = check_offer(message);
  if (!quote) return quote.error().kind == base::ErrorKind::peer_fault ? lie(quote.error()) : stop(quote.error());
  const bool unseen = limit_ && quote->tunnel_down_per_mib <= limit_->down_per_mib && quote->tunnel_up_per_mib <= limit_->up_per_mib &&
                      quote->per_request <= limit_->per_request;
  // Dropped since, but accepted before it came: what the relay meters until it hears of that is owed.
  if (dropped_ && !unseen) return;
  relay_.set_last_quote(*quote);
  if (!purchase_.agree_tunnel(*quote)) return stop(budget_reached(purchase_));
  offered_ = true;
  if (!unseen) relay_.session()->accept(*stream_, quote->nonce);
  grant_more();
  relay_.signer().sign_more();
}

void Tunnel::on_opened() {
  opened_ = true;
  if (dropped_) return;
  patience_.stop();
  listener_->on_tunnel_opened();
}

std::uint64_t Tunnel::next_grant() {
  const std::uint64_t own = granted_ - received_ + unconsumed_;
  // Doubles with every window that was made use of, as TCP's does.
  const std::uint64_t share = order_.memory->share(own, std::max(DownMemory::kLeast, 2 * (received_ - unconsumed_)));
  const std::uint64_t missing = share - std::min(share, own);
  // Not for every little piece: a message and a signature would cost more than it is worth.
  if (missing == 0 || (missing < share / 4 && granted_ > received_)) return 0;
  for (std::uint64_t bytes = missing; bytes > 0; bytes = bytes > kSmallGrant ? kSmallGrant : 0) {
    if (!purchase_.grant_bytes(bytes)) continue;
    order_.memory->add(bytes);
    return bytes;
  }
  return 0;
}

void Tunnel::grant_more() {
  if (dropped_ || ended_ || stopping_ || !offered_ || !stream_) return;
  const std::uint64_t bytes = next_grant();
  if (bytes > 0) {
    granted_ += bytes;
    relay_.session()->add_window(*stream_, bytes);
  } else if (granted_ == received_ && unconsumed_ == 0 && is_settled()) {
    stop_soon();
  }
}

void Tunnel::on_data(wire::Payload payload) {
  received_ += payload.bytes.size();
  if (dropped_) return order_.memory->remove(payload.bytes.size());
  unconsumed_ += payload.bytes.size();
  listener_->on_tunnel_data(payload);
}

void Tunnel::consumed(std::size_t bytes) {
  const auto count = std::min<std::uint64_t>(bytes, unconsumed_);
  unconsumed_ -= count;
  order_.memory->remove(count);
  grant_more();
}

void Tunnel::on_end(bool reset) {
  ended_ = true;
  if (dropped_) return;
  if (reset) return end(base::fail(base::environment("tunnel_reset", "the destination broke the connection off")));
  listener_->on_tunnel_end();
}

std::size_t Tunnel::room() {
  if (dropped_ || finished_ || stopping_ || !stream_ || relay_.session() == nullptr || !(limit_ || offered_)) return 0;
  return static_cast<std::size_t>(std::min<std::uint64_t>(relay_.session()->up_room(*stream_), wire::kMaxUpPayload));
}

void Tunnel::send(base::ByteView bytes) {
  if (bytes.empty()) return;
  if (!purchase_.grant_bytes(bytes.size())) return stop_soon();
  sent_ += bytes.size();
  auto copy = std::make_shared<base::Bytes>(bytes.begin(), bytes.end());
  const base::ByteView view{*copy};
  relay_.session()->send_data(*stream_, wire::Payload{std::move(copy), view});
}

void Tunnel::finish_sending() {
  if (std::exchange(finished_, true) || !stream_ || relay_.session() == nullptr) return;
  relay_.session()->end_tunnel(*stream_, false);
}

void Tunnel::on_room() {
  if (!dropped_) listener_->on_tunnel_room();
}

Result<void> Tunnel::check_meter(const wire::TunnelMeter& message) const {
  if (!purchase_.quote()) return base::fail(base::peer_fault("tunnel_meter", "the relay meters without an accepted quote: use another relay"));
  if (message.down_bytes < metered_down_ || message.up_bytes < metered_up_ || message.down_bytes > received_ || message.up_bytes > sent_) {
    return base::fail(base::peer_fault("tunnel_meter", "the relay's meter says " + std::to_string(message.down_bytes) + " bytes down and " +
                                                           std::to_string(message.up_bytes) + " up, where " + std::to_string(received_) + " came and " +
                                                           std::to_string(sent_) + " went: use another relay"));
  }
  return pricing::check_tunnel_charge(*purchase_.quote(), message.down_bytes - metered_down_, message.up_bytes - metered_up_, meters_ == 0, message.charge);
}

void Tunnel::on_meter(wire::TunnelMeter message) {
  if (const auto right = check_meter(message); !right) return lie(right.error());
  const std::uint64_t down = message.down_bytes - std::exchange(metered_down_, message.down_bytes);
  const std::uint64_t up = message.up_bytes - std::exchange(metered_up_, message.up_bytes);
  const bool first = meters_ == 0;
  const channels::DeliveredRecord delivery{channel_, hash_, channels::DeliveryKey::kTunnel + meters_++, {}, message.charge, {}, message.charged_after};
  ++settling_;
  relay_.signer().deliver(delivery, [self = shared_from_this(), down, up, first, charge = message.charge](const Result<void>& durable) {
    --self->settling_;
    if (!durable) return self->stop(durable.error());
    // The fee is settled with what it was reserved as; what the meter holds beyond it is the bytes'.
    const Amount fee = first ? std::min(self->purchase_.fee(), charge) : Amount::zero();
    if (first) self->purchase_.settle_fee(fee);
    self->purchase_.settle_bytes(down + up, charge.minus_floored(fee));
    auto& spent = self->relay_.sums().spent;
    spent = spent.plus_saturated(charge);
    if (self->order_.on_charged) self->order_.on_charged(charge, down, up);
    self->close_purchase();
    self->grant_more();
  });
}

void Tunnel::on_done() {
  stream_.reset();
  end({});
}

void Tunnel::on_refused(wire::Refused message) {
  stream_.reset();
  end(base::fail(error_of(std::move(message))));
}

void Tunnel::on_lost(const base::Error& error) {
  stream_.reset();
  end(base::fail(error));
}

void Tunnel::on_payment_failed(const base::Error& error) { stop(error); }

void Tunnel::lie(const base::Error& error) {
  core_.evidence.keep_fault(relay_.text(), error, {{"tunnel", order_.to.to_string()}, {"request", hex_id(hash_)}});
  const auto self = shared_from_this();
  end(base::fail(error));
  relay_.fault(error);
}

/// We end it: the app hears why, the relay is waited for.
void Tunnel::stop(const base::Error& why) { end(base::fail(why)); }

/// The budget has no room: not from inside the listener's own call. Nothing may follow what was not sent.
void Tunnel::stop_soon() {
  if (std::exchange(stopping_, true)) return;
  core_.loop.post([self = shared_from_this()] { self->stop(budget_reached(self->purchase_)); });
}

/// What is metered and not yet durable keeps its reservation.
void Tunnel::close_purchase() {
  if (over_ && settling_ == 0) purchase_.close();
}

void Tunnel::end(const Result<void>& outcome) {
  const auto self = shared_from_this();
  if (auto* told = listener_; told != nullptr && !dropped_) {
    drop();
    told->on_tunnel_closed(outcome);
  }
  listener_ = nullptr;
  if (!stream_) forget_stream();
}

void Tunnel::drop() {
  if (std::exchange(dropped_, true)) return;
  order_.memory->remove(std::exchange(unconsumed_, 0));
  if (!stream_ || relay_.session() == nullptr) return forget_stream();
  relay_.session()->end_tunnel(*stream_, true);
  lingering_ = shared_from_this();
  patience_.start(kPatience, [this] {
    if (stream_ && relay_.session() != nullptr) relay_.session()->cancel(*stream_);
    stream_.reset();
    forget_stream();
  });
}

/// The relay has said its last word.
void Tunnel::forget_stream() {
  patience_.stop();
  relay_.signer().remove(*this);
  if (stream_ && relay_.session() != nullptr) relay_.session()->cancel(*stream_);
  stream_.reset();
  over_ = true;
  close_purchase();
  if (lingering_) core_.loop.post([last = std::exchange(lingering_, nullptr)] {});
}

}  // namespace ferry::client

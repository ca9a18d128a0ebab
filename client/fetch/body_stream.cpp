#include "client/fetch/body_stream.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "channels/recent_deliveries.hpp"
#include "channels/records.hpp"
#include "client/fetch/left_stream.hpp"
#include "client/fetch/price_check.hpp"
#include "client/json_text.hpp"
#include "client/relays/refusal.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

/// Windows are opened for a few chunks at once, to spare messages.
bool is_worth_a_window(std::size_t in_hand, std::size_t ahead) { return in_hand == 0 || in_hand + (ahead < 4 ? 1 : 2) <= ahead; }

}  // namespace

bool BodyStream::is_lie(const base::Error& error) {
  // Faults of the connection say nothing about who is at its other end.
  constexpr std::array<std::string_view, 4> kOfConnection{"tls", "websocket", "websocket_handshake", "relay_identity"};
  return error.kind == base::ErrorKind::peer_fault && std::find(kOfConnection.begin(), kOfConnection.end(), error.code) == kOfConnection.end();
}

BodyStream::BodyStream(Core& core, Relay& relay, content::BodyVerifier& verifier, std::shared_ptr<Budget> budget, StreamOrder order,
                       BodyStreamListener& listener)
    : core_(core),
      relay_(relay),
      verifier_(verifier),
      order_(std::move(order)),
      listener_(&listener),
      purchase_(std::move(budget), core.budget),
      stall_(core.loop),
      next_chunk_(order_.first_chunk),
      next_handed_(order_.first_chunk),
      next_granted_(order_.first_chunk) {}

BodyStream::~BodyStream() { close_stream(); }

void BodyStream::start() {
  const auto* named = relay_.channel().named();
  channel_ = named->id;
  domain_ = named->book->domain();
  domain_separator_ = named->book->domain_separator();
  const auto* channel = named->book->ledger().find(named->id);
  payer_ = channel->config.payer;
  confirmed_ = channel->confirmed;
  relay_.signer().add(*this);
  auto opened = relay_.session()->open_stream(make_request(), *this);
  if (!opened) {
    core_.loop.post([self = shared_from_this(), error = std::move(opened).error()] { self->end(base::fail(error)); });
    return;
  }
  stream_ = *opened;
  watch();
  relay_.signer().sign_more();
}

wire::Request BodyStream::make_request() {
  wire::Request message;
  message.channel = channel_;
  message.confirmed = confirmed_;
  if (order_.is_witness) message.kind = wire::StreamKind::witness;
  if (!order_.request.follow_redirects) message.kind = order_.is_witness ? wire::StreamKind::witness_once : wire::StreamKind::fetch_once;
  message.method = order_.request.method;
  message.url = order_.request.url;
  for (const auto& field : order_.request.headers) message.headers.emplace_back(field.name, field.value);
  message.first_chunk = order_.first_chunk;
  message.chunk_count = order_.chunk_count;
  message.if_validator = order_.if_validator;
  if (!order_.request.max_price) return message;
  const auto limit = limit_of(*order_.request.max_price);
  if (!purchase_.expect(limit)) return message;  // the real price may still fit the budget
  limit_ = message.accept_up_to = limit;
  while (const auto bytes = next_grant()) {
    if (!purchase_.grant(*bytes)) break;
    message.window += *bytes;
    ++next_granted_;
    ++in_hand_;
  }
  return message;
}

void BodyStream::on_message_bytes(std::size_t bytes) {
  overhead_ += bytes;
  watch();
}

/// Something must come, unless all that was asked for came and waits for its receiver, or the relay waits for a deposit, as long as a chain takes.
void BodyStream::watch() {
  stall_.start(core_.settings.patience.stalled, [this] {
    if (counting_ > 0 || (in_hand_ > 0 && purchase_.granted() == 0) || relay_.channel().is_waiting()) return watch();
    relay_.end_session(base::environment("relay_stalled", "the relay sends nothing any more: fetch again with resume, or use another relay"));
  });
}

Result<pricing::Quote> BodyStream::check_offer(const wire::QuoteMessage& message) const {
  auto quote = pricing::unpack_quote(base::ByteView{message.quote});
  if (!quote) return base::fail(quote.error());
  pricing::QuoteSubject subject;
  subject.relay = relay_.address();
  subject.payer = payer_;
  subject.request = order_.request_hash;
  subject.chunk_bytes = content::kChunkBytes;
  FERRY_CHECK(pricing::check_quote(domain_separator_, *quote, message.signature, subject, core_.now()));
  if (order_.request.max_price) FERRY_CHECK(check_limit(*quote, limit_of(*order_.request.max_price)));
  return quote;
}

void BodyStream::on_quote(wire::QuoteMessage message) {
  if (outcome_) return;
  const auto quote = check_offer(message);
  if (!quote) return end(base::fail(quote.error()));
  relay_.set_last_quote(*quote);
  if (!listener_->on_offer(*quote)) return end(base::fail(quote_declined()));
  agree(*quote, message);
}

void BodyStream::agree(const pricing::Quote& quote, const wire::QuoteMessage& message) {
  if (outcome_) return;  // the user may have cancelled meanwhile
  if (!(order_.is_witness ? purchase_.agree_witness(quote) : purchase_.agree(quote))) return end(base::fail(budget_reached(purchase_)));
  core_.evidence.keep_quote(domain_, quote, message);
  offered_ = true;
  if (!limit_ || !keeps(quote, *limit_)) relay_.session()->accept(*stream_, quote.nonce);
  grant_more();
  relay_.signer().sign_more();
}

/// Bytes of the next chunk that may be asked for; nullopt when enough is under way or the order ends.
std::optional<std::uint64_t> BodyStream::next_grant() const {
  if (order_.request.method == "HEAD" || in_hand_ >= order_.request.chunks_ahead || (order_.after_head && !head_came_)) return std::nullopt;
  if (next_granted_ - order_.first_chunk >= order_.chunk_count) return std::nullopt;
  const auto& manifest = verifier_.manifest();
  if (!manifest || !manifest->length) return content::kChunkBytes;
  const auto bytes = content::chunk_size(base::ChunkIndex{next_granted_}, *manifest->length);
  return bytes > 0 ? std::optional<std::uint64_t>(bytes) : std::nullopt;
}

void BodyStream::grant_more() {
  if (outcome_ || !offered_ || !stream_ || !is_worth_a_window(in_hand_, order_.request.chunks_ahead)) return;
  std::uint64_t window = 0;
  bool stopped_by_budget = false;
  while (const auto bytes = next_grant()) {
    if (stopped_by_budget = !purchase_.grant(*bytes); stopped_by_budget) break;
    window += *bytes;
    ++next_granted_;
    ++in_hand_;
  }
  if (window > 0) {
    relay_.session()->add_window(*stream_, window);
    watch();  // what the receiver took is not the relay's time
  }
  if (stopped_by_budget && in_hand_ == 0) return end(base::fail(budget_reached(purchase_)));
  if (!stopped_by_budget && has_asked_for_all() && listener_ != nullptr) listener_->on_all_asked();
}

bool BodyStream::has_asked_for_all() const {
  const auto& manifest = verifier_.manifest();
  return next_granted_ >= ordered_end() || (manifest && manifest->length && next_granted_ >= content::chunk_count(*manifest->length));
}

void BodyStream::end_before(std::uint64_t chunk) {
  const auto end = std::max(chunk, next_granted_);
  if (outcome_ || end >= ordered_end()) return;
  order_.chunk_count = end - order_.first_chunk;
  shortened_ = true;
  if (order_.watch) order_.watch->end_before(end);
  end_if_shortened();
}

/// The relay waits for a window behind what is wanted: nothing is under way, and nothing is owed for leaving.
void BodyStream::end_if_shortened() {
  if (shortened_ && offered_ && next_chunk_ >= ordered_end()) end({});
}

void BodyStream::taken() {
  --in_hand_;
  grant_more();
  if (!outcome_) relay_.signer().sign_more();
}

void BodyStream::on_manifest(wire::ManifestMessage message) {
  if (outcome_) return;
  const auto manifest = content::unpack_manifest(base::ByteView{message.manifest});
  if (!manifest) return end(base::fail(manifest.error()));
  const auto& quote = *purchase_.quote();
  if (const auto fee = check_fee(quote, core_.evidence.dearest(relay_.address(), order_.request_hash), message); !fee) return end(fee);
  if (const auto known = verifier_.add_manifest(*manifest, message.signature); !known) return end(known);
  if (order_.watch) {
    if (const auto heard = order_.watch->hear(*verifier_.signed_manifest()); !heard) return end(heard);
  }
  if (!message.final) {
    head_came_ = true;
    const channels::DeliveredRecord fee{channel_, order_.request_hash, channels::DeliveryKey::kHead, {}, message.charge, {}, message.charged_after};
    count(fee, message.redelivered, [this](Amount charge) {
      purchase_.settle_fee(charge);
      if (listener_ != nullptr) listener_->on_fee(charge);
    });
  }
  if (const auto taken = listener_->on_head(*manifest); !taken) return end(taken);
  if (!message.final) grant_more();
}

void BodyStream::on_hashes(wire::Hashes message) {
  if (outcome_) return;
  if (const auto known = verifier_.add_hashes(base::ChunkIndex{message.first}, message.hashes); !known) end(known);
}

Result<void> BodyStream::check_place(base::ChunkIndex index) const {
  if (index.value == next_chunk_) return {};
  return base::fail(base::peer_fault("chunk_order", "the relay sent chunk " + std::to_string(index.value) + " instead of " + std::to_string(next_chunk_)));
}

Result<void> BodyStream::check_witnessed(const wire::Witnessed& message) {
  FERRY_CHECK(check_place(message.index));
  FERRY_CHECK(check_witnessed_charge(*purchase_.quote(), core_.evidence.dearest(relay_.address(), order_.request_hash), message));
  return verifier_.accept_hash(message.index, message.bytes, message.hash);
}

Result<void> BodyStream::check_chunk(const wire::ChunkMessage& message) {
  FERRY_CHECK(check_place(message.index));
  FERRY_CHECK(check_chunk_charge(*purchase_.quote(), core_.evidence.dearest(relay_.address(), order_.request_hash), message));
  return verifier_.accept_chunk(message.index, message.payload.bytes, message.hash);
}

void BodyStream::on_chunk(wire::ChunkMessage message) {
  if (outcome_) return;
  if (const auto good = check_chunk(message); !good) {
    ++relay_.sums().refused_chunks;
    listener_->on_refused_chunk();
    return end(good);
  }
  overhead_ -= message.payload.bytes.size();
  auto payload = std::move(message.payload);
  owe(message, std::move(payload));
}

void BodyStream::on_witnessed(wire::Witnessed message) {
  if (outcome_) return;
  if (const auto good = check_witnessed(message); !good) return end(good);
  owe(message, {});
}

template <typename Message>
void BodyStream::owe(const Message& message, wire::Payload payload) {
  ++next_chunk_;
  const bool hit = message.source == static_cast<std::uint8_t>(pricing::ChunkSource::hit);
  const channels::DeliveredRecord delivery{channel_, order_.request_hash, message.index.value, message.hash, message.charge, {}, message.charged_after};
  auto take = [this, delivery, redelivered = message.redelivered, chunk = OwedChunk{message.index, std::move(payload), message.hash, {}, hit}]() mutable {
    count(delivery, redelivered, [this, chunk = std::move(chunk)](Amount charge) mutable {
      purchase_.settle_chunk(charge);
      ++relay_.sums().chunks;
      chunk.charge = charge;
      ++next_handed_;
      if (listener_ != nullptr) listener_->on_chunk(std::move(chunk));
    });
  };
  if (!order_.watch) {
    take();
    return end_if_shortened();
  }
  ++counting_;
  order_.watch->vouch(message.index, message.hash, [self = shared_from_this(), take = std::move(take)](const Result<void>& agreed) mutable {
    --self->counting_;
    if (agreed) {
      take();
    } else if (self->outcome_ && *self->outcome_) {
      self->outcome_ = agreed;  // all had come before it was found
    } else {
      self->end(agreed);
    }
    self->report_if_through();
  });
  end_if_shortened();
}

/// C3: what is owed is durable before it is handed on.
void BodyStream::count(channels::DeliveredRecord delivery, bool redelivered, std::function<void(Amount)> counted) {
  delivery.charge = relay_.signer().owed(delivery, redelivered);
  ++counting_;
  relay_.signer().deliver(delivery, [self = shared_from_this(), charge = delivery.charge, counted = std::move(counted)](const Result<void>& durable) {
    --self->counting_;
    if (durable) {
      self->relay_.sums().spent = self->relay_.sums().spent.plus_saturated(charge);
      counted(charge);
    } else {
      self->end(durable);
    }
    self->report_if_through();
  });
}

void BodyStream::on_done() {
  stream_.reset();
  end({});
}

void BodyStream::on_refused(wire::Refused message) {
  stream_.reset();
  end(base::fail(error_of(std::move(message))));
}

void BodyStream::on_lost(const base::Error& error) {
  stream_.reset();
  end(base::fail(error));
}

void BodyStream::on_payment_failed(const base::Error& error) { end(base::fail(error)); }

void BodyStream::stop(base::Error why) { end(base::fail(std::move(why))); }

void BodyStream::drop() {
  listener_ = nullptr;
  end({});
}

void BodyStream::end(Result<void> outcome) {
  if (outcome_) return;
  outcome_ = std::move(outcome);
  close_stream();
  core_.loop.post([self = shared_from_this()] { self->report_if_through(); });
}

void BodyStream::close_stream() {
  stall_.stop();
  relay_.signer().remove(*this);
  if (stream_ && relay_.session() != nullptr) leave_stream();
  stream_.reset();
}

/// What was asked for is paid for, unless the relay lied.
void BodyStream::leave_stream() {
  const bool lied = outcome_ && !*outcome_ && is_lie(outcome_->error());
  const std::uint64_t missing = next_granted_ - next_chunk_;
  if (lied || !offered_ || missing == 0) return relay_.session()->cancel(*stream_);
  LeftOrder left{*stream_, channel_, order_.request_hash, *purchase_.quote(), order_.is_witness, head_came_, next_chunk_, purchase_.take_back(missing)};
  LeftStream::take_over(core_, relay_, std::move(left));
}

void BodyStream::report_if_through() {
  if (!outcome_ || counting_ > 0 || listener_ == nullptr) return;
  purchase_.close();
  std::exchange(listener_, nullptr)->on_stream_end(*outcome_);
}

}  // namespace ferry::client

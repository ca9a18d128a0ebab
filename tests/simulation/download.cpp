#include "tests/simulation/download.hpp"

#include <algorithm>
#include <utility>

#include "client/fetch/price_check.hpp"
#include "protocol/content/geometry.hpp"
#include "tests/simulation/connection.hpp"

namespace ferry::simulation {

using base::Amount;
using base::Result;

namespace {

constexpr double kLeftPatience = 10;  ///< as the LeftStream's
const std::string kMethod = "GET";

}  // namespace

Download::Download(SimClient& client, SimRelay& relay, std::shared_ptr<Connection> connection, const DownloadOrder& order, DownloadListener& listener)
    : client_(client),
      relay_(relay),
      world_(client.world),
      connection_(std::move(connection)),
      client_end_(connection_->client_end()),
      object_(order.object),
      continues_(order.continues),
      after_head_(order.after_head),
      listener_(&listener),
      request_(content::request_hash(kMethod, Catalogue::url(order.object), {})),
      verifier_(kDomain, relay.key.address(), request_),
      purchase_(std::make_shared<client::Budget>(std::nullopt), client.budget),
      next_chunk_(order.run.first),
      next_granted_(order.run.first),
      end_(order.run.end) {
  for (const auto& [index, hash] : *order.present) adopt(base::ChunkIndex{index}, hash);
}

void Download::start() {
  wire::Request request;
  request.channel = client_end_.channel();
  request.confirmed = client_.ledger.find(client_end_.channel())->confirmed;
  request.method = kMethod;
  request.url = Catalogue::url(object_);
  request.first_chunk = next_chunk_;
  request.chunk_count = end_ == UINT64_MAX ? UINT64_MAX : end_ - next_chunk_;
  if (continues_) request.if_validator = Catalogue::kValidator;
  if (const auto opened = client_end_.add(std::move(request), shared_from_this()); !opened) report(opened);
}

Result<pricing::Quote> Download::check_offer(const wire::QuoteMessage& message) const {
  FERRY_TRY(const auto quote, pricing::unpack_quote(base::ByteView{message.quote}));
  pricing::QuoteSubject subject;
  subject.relay = relay_.key.address();
  subject.payer = client_.key.address();
  subject.request = request_;
  subject.chunk_bytes = content::kChunkBytes;
  FERRY_CHECK(pricing::check_quote(kDomain, quote, message.signature, subject, world_.time()));
  return quote;
}

void Download::on(const wire::QuoteMessage& message) {
  const auto quote = check_offer(message);
  if (!quote) return end(base::fail(quote.error()));
  if (listener_ != nullptr) listener_->on_offer(*quote);
  purchase_.agree(*quote);
  client_end_.session().accept(stream_, quote->nonce);
  grant_more();
}

std::optional<std::uint64_t> Download::next_grant() const {
  if (next_granted_ - next_chunk_ >= ahead_ || next_granted_ >= end_ || (after_head_ && !head_came_)) return std::nullopt;
  const auto& manifest = verifier_.manifest();
  if (!manifest) return content::kChunkBytes;
  const auto bytes = content::chunk_size(base::ChunkIndex{next_granted_}, *manifest->length);
  return bytes > 0 ? std::optional<std::uint64_t>(bytes) : std::nullopt;
}

/// As BodyStream::grant_more(), for a receiver that takes everything at once.
void Download::grant_more() {
  const auto in_hand = next_granted_ - next_chunk_;
  if (over_ || left_ || !purchase_.quote() || (in_hand > 0 && in_hand + (ahead_ < 4 ? 1 : 2) > ahead_)) return;
  std::uint64_t window = 0;
  while (const auto bytes = next_grant()) {
    if (!purchase_.grant(*bytes)) break;
    window += *bytes;
    ++next_granted_;
  }
  if (window > 0) client_end_.session().add_window(stream_, window);
  if (has_asked_for_all()) listener_->on_all_asked();
}

bool Download::has_asked_for_all() const {
  const auto& manifest = verifier_.manifest();
  return next_granted_ >= end_ || (manifest && next_granted_ >= content::chunk_count(*manifest->length));
}

void Download::adopt(base::ChunkIndex index, const base::Hash256& hash) {
  if (!verifier_.adopt_chunk(index, hash)) impossible(base::bug("relays_differ", "who lies here does so about bytes and charges, not about hashes"));
}

void Download::end_before(std::uint64_t chunk) {
  const auto end = std::max(chunk, next_granted_);
  if (over_ || end >= end_) return;
  end_ = end;
  shortened_ = true;
  end_if_shortened();
}

/// The relay waits for a window behind what is wanted: nothing is under way, and nothing is owed for leaving.
void Download::end_if_shortened() {
  if (shortened_ && purchase_.quote() && next_chunk_ >= end_) end({});
}

Amount Download::count(std::uint64_t index, const base::Hash256& hash, Amount charge, Amount charged_after) {
  return client_end_.deliver({client_end_.channel(), request_, index, hash, charge, {}, charged_after});
}

/// What the tariff says, whatever was quoted and charged. What was taken before is not owed again.
void Download::expect(Amount price) { world_.tally.expected = world_.tally.expected.plus_saturated(price); }

void Download::on(const wire::ManifestMessage& message) {
  const auto manifest = content::unpack_manifest(base::ByteView{message.manifest});
  if (!manifest) return end(base::fail(manifest.error()));
  if (const auto fee = client::check_fee(*purchase_.quote(), {}, message); !fee) return end(fee);
  if (const auto known = verifier_.add_manifest(*manifest, message.signature); !known) return end(known);
  if (message.final) return;
  head_came_ = true;
  const auto charge = count(channels::DeliveryKey::kHead, {}, message.charge, message.charged_after);
  purchase_.settle_fee(charge);
  world_.tally.paid_fees = world_.tally.paid_fees.plus_saturated(charge);
  if (charge == message.charge) expect(relay_.tariff.per_request);
  if (listener_ != nullptr) listener_->on_head();
  grant_more();
}

void Download::on(const wire::Hashes& message) {
  if (const auto known = verifier_.add_hashes(base::ChunkIndex{message.first}, message.hashes); !known) end(known);
}

void Download::on(const wire::ChunkMessage& message) {
  const auto bytes = message.payload.bytes;
  const auto check = [&]() -> Result<void> {
    if (message.index.value != next_chunk_) return base::fail(base::peer_fault("chunk_order", "not the chunk that comes next"));
    FERRY_CHECK(client::check_chunk_charge(*purchase_.quote(), {}, message));
    if (left_) return {};  // nobody wants it: it is paid and forgotten
    return verifier_.accept_chunk(message.index, bytes, message.hash);
  };
  if (const auto good = check(); !good) return end(good);
  ++next_chunk_;
  auto& tally = world_.tally;
  const bool hit = message.source == static_cast<std::uint8_t>(pricing::ChunkSource::hit);
  const auto charge = count(message.index.value, message.hash, message.charge, message.charged_after);
  purchase_.settle_chunk(charge);
  auto& paid = hit ? tally.paid_hit : tally.paid_miss;
  paid = paid.plus_saturated(charge);
  const auto as_hit = pricing::price_of(relay_.tariff.hit, bytes.size()), as_miss = pricing::price_of(relay_.tariff.miss, bytes.size());
  const bool was_hit = message.redelivered ? charge == as_hit : hit;  // what is sent again costs what it did when it was lost
  if (charge == message.charge) expect(was_hit ? as_hit : as_miss);
  relay_.bytes += bytes.size();
  if (!relay_.first_sale) {
    relay_.first_sale = world_.events.now();
    relay_.quotes_before_sale = relay_.quotes;
  }
  if (listener_ == nullptr) {
    tally.twice_bytes += bytes.size();
    if (next_chunk_ == next_granted_) end({});
    return;
  }
  listener_->on_chunk({message.index, bytes, message.hash, hit});
  end_if_shortened();
  grant_more();
}

void Download::on(const wire::Done&) { end({}); }

void Download::on(const wire::Refused& message) { end(base::fail(message.error)); }

void Download::lost(const base::Error& why) {
  if (!std::exchange(over_, true)) report(base::fail(why));
}

void Download::drop() {
  listener_ = nullptr;
  if (over_) return;
  if (!purchase_.quote() || next_granted_ == next_chunk_) return end({});
  left_ = true;
  world_.events.after(kLeftPatience, [self = shared_from_this()] { self->end({}); });
}

void Download::end(Result<void> outcome) {
  if (std::exchange(over_, true)) return;
  const bool lied = !left_ && !outcome && outcome.error().kind == base::ErrorKind::peer_fault;  // who left looks for no more faults
  const auto self = shared_from_this();
  client_end_.remove(stream_, true);  // to no effect where the relay has ended it
  purchase_.close();
  if (lied) {
    client_.blame(relay_);
    client_end_.lost(outcome.error());
  } else {
    client_end_.speak();
  }
  report(std::move(outcome));
}

void Download::report(Result<void> outcome) {
  purchase_.close();
  world_.events.after(0, [self = shared_from_this(), outcome = std::move(outcome)] {
    if (self->listener_ != nullptr) std::exchange(self->listener_, nullptr)->on_end(outcome ? nullptr : &outcome.error());
  });
}

}  // namespace ferry::simulation

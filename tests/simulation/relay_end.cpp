#include "tests/simulation/relay_end.hpp"

#include <algorithm>
#include <utility>

#include "protocol/content/geometry.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/merkle.hpp"

namespace ferry::simulation {

using base::Amount;

namespace {

constexpr double kPaymentTimeout = 60;                             ///< seconds, as relay/serve/sale.cpp
constexpr double kSameTime = 1e-9;                                 ///< seconds; sums of times are not exact
constexpr std::uint64_t kOriginAhead = 16 * content::kChunkBytes;  ///< that an origin is asked for ahead of the reader

wire::RelaySessionSettings session_settings(const SimRelay& relay) {
  wire::RelaySessionSettings settings;
  settings.welcome.relay = settings.welcome.receiver = relay.key.address();
  settings.welcome.chain_id = kLedger.chain_id;
  settings.welcome.contract = kLedger.verifying_contract;
  settings.welcome.token = kToken;
  settings.welcome.withdraw_delay = channels::kDefaultWithdrawDelay;
  settings.welcome.software = "simulation";
  return settings;
}

/// The last eight bytes count.
base::Salt salt_of(std::uint64_t number) {
  base::Salt salt;
  for (std::size_t i = 0; i < 8; ++i) salt.data[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return salt;
}

}  // namespace

RelayEnd::RelayEnd(SimRelay& relay, Soon soon)
    : relay_(relay),
      world_(relay.world),
      soon_(std::move(soon)),
      session_(session_settings(relay), relay.key, wire::Exporter{}, relay.world.time()) {}

void RelayEnd::receive(base::ByteView message) {
  const auto event = must(session_.receive(message, world_.time()));  // clients are honest here
  if (event) std::visit([this](const auto& what) { on(what); }, *event);
}

void RelayEnd::left() {
  for (auto& [id, sale] : std::exchange(sales_, {})) {
    if (sale.admitted) relay_.ledger.release(*sale.admitted);
  }
  if (payer_) relay_.ledger.payer_left(*payer_);  // its effect is at once; the record is for a journal
}

void RelayEnd::on(const wire::ChannelNamed& event) {
  const auto config = must(channels::unpack_channel_config(base::ByteView{event.message.config}));
  const auto id = channels::channel_id(kDomain, config);
  payer_ = config.payer;
  relay_.ledger.apply(must(relay_.ledger.open(config, world_.chain[id])));
  relay_.ledger.confirm(id, event.message.confirmed);
  const auto& channel = *relay_.ledger.find(id);
  wire::ChannelState state;
  state.channel = id;
  state.open = channel.status == channels::ChannelStatus::open;
  state.balance = channel.chain.balance;
  state.total_claimed = channel.chain.total_claimed;
  state.charged = channel.charged;
  state.ceiling = channel.ceiling;
  state.ceiling_signature = channel.ceiling_signature;
  session_.send(std::move(state));
  go_on_all();
}

void RelayEnd::on(const wire::VoucherCame& event) {
  const auto& message = event.message;
  const auto taken = relay_.ledger.check_voucher({message.channel, message.ceiling, message.signature}, message.confirmed);
  if (taken) {
    relay_.ledger.apply(*taken);
    return go_on_all();
  }
  const auto& channel = *relay_.ledger.find(message.channel);
  session_.send(wire::VoucherRefused{message.channel, taken.error().code, taken.error().message, channel.ceiling, channel.charged});
}

void RelayEnd::on(const wire::RequestCame& event) {
  const auto& request = event.message;
  Sale sale;
  sale.channel = request.channel;
  sale.object = Catalogue::of_url(request.url);
  sale.request = content::request_hash(request.method, request.url, {});
  sale.first = sale.next = request.first_chunk;
  const auto total = world_.catalogue.chunks(sale.object);
  sale.end = std::min(total, request.first_chunk + std::min(request.chunk_count, total));
  pricing::QuoteSubject subject;
  subject.relay = relay_.key.address();
  subject.payer = *payer_;
  subject.request = sale.request;
  subject.chunk_bytes = content::kChunkBytes;
  subject.known_bytes = relay_.knows(sale.object) ? world_.catalogue.length(sale.object) : 0;
  for (std::uint64_t i = 0; i < total && subject.known_bytes > 0; ++i) {
    if (relay_.holds(sale.object, i)) subject.cached_bytes += world_.catalogue.chunk(sale.object, i).size();
  }
  sale.quote = pricing::make_quote(relay_.tariff, subject, world_.time(), salt_of(++relay_.nonces));
  sale.chunk_price = pricing::price_of(std::max(sale.quote.hit_per_mib, sale.quote.miss_per_mib), content::kChunkBytes);
  ++relay_.quotes;
  wire::QuoteMessage message;
  message.stream = request.stream;
  message.quote = pricing::pack(sale.quote);
  message.signature = relay_.key.sign(pricing::quote_digest(kDomain, sale.quote));
  session_.send(std::move(message));
  relay_.ledger.confirm(request.channel, request.confirmed);
  sales_.emplace(request.stream, std::move(sale));
}

void RelayEnd::on(const wire::QuoteAccepted& event) {
  const auto sale = sales_.find(event.stream);
  if (sale == sales_.end()) return;
  if (const auto in_time = pricing::check_acceptance(sale->second.quote, world_.time()); !in_time) {
    session_.send(wire::Refused{event.stream, in_time.error(), 0});
    sales_.erase(sale);
    return;
  }
  sale->second.accepted = true;
  go_on(event.stream);
}

void RelayEnd::on(const wire::StreamCancelled& event) {
  const auto sale = sales_.find(event.stream);
  if (sale == sales_.end()) return;
  if (sale->second.admitted) relay_.ledger.release(*sale->second.admitted);
  sales_.erase(sale);
}

void RelayEnd::go_on_all() {
  std::vector<base::StreamId> ids;
  for (const auto& [id, sale] : sales_) ids.push_back(id);
  for (const auto id : ids) go_on(id);
}

void RelayEnd::go_on(base::StreamId id) {
  const auto found = sales_.find(id);
  if (found == sales_.end() || !found->second.accepted || !relay_.is_there()) return;
  auto& sale = found->second;
  if (!sale.head_sent && serve_head(id, sale) == Step::waits) return;
  while (sale.next < sale.end) {
    if (serve_chunk(id, sale) == Step::waits) return;
  }
  send_manifest(id, sale, true, {}, false);
  session_.send(wire::Done{id});
  sales_.erase(found);
}

bool RelayEnd::is_admitted(base::StreamId id, Sale& sale, std::uint64_t index, Amount price) {
  if (sale.admitted) return true;
  auto verdict = must(relay_.ledger.reserve(sale.channel, {sale.request, index}, price, sale.chunk_price, world_.time()));
  if (auto* reservation = std::get_if<channels::Reservation>(&verdict)) {
    sale.admitted = std::move(*reservation);
    return true;
  }
  const auto& need = std::get<channels::NeedVoucher>(verdict);
  if (need.required == sale.need_told) return false;
  sale.need_told = need.required;
  soon_(kPaymentTimeout, [this, id, next = sale.next, required = need.required] { give_up(id, next, required); });
  session_.send(wire::NeedVoucher{sale.channel, id, need.required, need.ceiling, need.charged, need.balance});
  return false;
}

/// Unless it went on meanwhile.
void RelayEnd::give_up(base::StreamId id, std::uint64_t next, Amount required) {
  const auto sale = sales_.find(id);
  if (sale == sales_.end() || sale->second.next != next || sale->second.need_told != required) return;
  ++world_.tally.payment_timeouts;
  session_.send(wire::Refused{id, base::refusal("payment_timeout", "no voucher came in time"), 0});
  sales_.erase(sale);
}

/// Bytes that are not here yet; they come one behind the other, and not too far ahead of the reader.
bool RelayEnd::waits_for_origin(base::StreamId id, Sale& sale, std::uint64_t bytes) {
  const double now = world_.events.now();
  const double come = sale.origin_at ? std::max(*sale.origin_at, now - kOriginAhead / kOriginRate) : now + kOriginDelay;
  const double there = come + static_cast<double>(bytes) / kOriginRate;
  if (!sale.origin_at) sale.origin_at = come;
  if (there <= now + kSameTime) {
    sale.origin_at = there;
    return false;
  }
  soon_(there - now, [this, id] { go_on(id); });
  return true;
}

RelayEnd::Step RelayEnd::serve_head(base::StreamId id, Sale& sale) {
  if (!is_admitted(id, sale, channels::DeliveryKey::kHead, sale.quote.per_request)) return Step::waits;
  if (!relay_.knows(sale.object) && waits_for_origin(id, sale, 0)) return Step::waits;
  const bool repeated = sale.admitted->redelivery;
  send_manifest(id, sale, false, charge(sale), repeated);
  sale.head_sent = true;
  return Step::done;
}

RelayEnd::Step RelayEnd::serve_chunk(base::StreamId id, Sale& sale) {
  const auto bytes = world_.catalogue.chunk(sale.object, sale.next).size();
  if (!sale.admitted) {
    sale.is_hit = relay_.finds(sale.object, sale.next);
    if (session_.window(id) < bytes) return Step::waits;
    const auto source = sale.is_hit ? pricing::ChunkSource::hit : pricing::ChunkSource::miss;
    const auto price = pricing::chunk_charge(sale.quote, source, bytes);
    if (!sale.lies) sale.lies = relay_.manner != Manner::honest && world_.uniform(0, 1) < world_.settings.lie_every;
    const bool too_much = relay_.manner == Manner::overcharges && *sale.lies;
    if (!is_admitted(id, sale, sale.next, too_much ? price.plus_saturated(price) : price)) return Step::waits;
  }
  if (!sale.is_hit && waits_for_origin(id, sale, bytes)) return Step::waits;
  if (!sale.is_hit) relay_.keeps(sale.object, sale.next);
  const bool repeated = sale.admitted->redelivery;
  const auto charged = charge(sale);
  const bool lie = *std::exchange(sale.lies, std::nullopt);
  const bool corrupt = relay_.manner == Manner::corrupts && lie;
  if (lie) ++world_.tally.lies_told;
  wire::ChunkMessage message;
  message.stream = id;
  message.index = base::ChunkIndex{sale.next};
  message.source = static_cast<std::uint8_t>(sale.is_hit ? pricing::ChunkSource::hit : pricing::ChunkSource::miss);
  message.redelivered = repeated;
  message.charge = charged.charge;
  message.charged_after = charged.charged_after;
  message.hash = world_.catalogue.hash(sale.object, sale.next);
  message.payload.bytes = corrupt ? world_.catalogue.corrupt_chunk(sale.object, sale.next) : world_.catalogue.chunk(sale.object, sale.next);
  sale.served.push_back(message.hash);
  session_.send(std::move(message));
  ++sale.next;
  return Step::done;
}

/// S2, with a journal that takes no time.
channels::ChargeRecord RelayEnd::charge(Sale& sale) {
  const auto reservation = *std::exchange(sale.admitted, std::nullopt);
  sale.need_told = {};
  const auto record = relay_.ledger.charge(reservation, reservation.price, world_.time());
  if (record) return std::get<channels::ChargeRecord>(*record);
  channels::ChargeRecord before;  // it was charged then
  before.charge = reservation.price;
  before.charged_after = reservation.charged_after;
  return before;
}

void RelayEnd::send_manifest(base::StreamId id, const Sale& sale, bool final, const channels::ChargeRecord& fee, bool redelivered) {
  auto& catalogue = world_.catalogue;
  content::Manifest manifest;
  manifest.request = sale.request;
  manifest.status = 200;
  manifest.length = catalogue.length(sale.object);
  manifest.validator = Catalogue::kValidator;
  manifest.fetched_at = base::Time::from_seconds(world_.time().unix_seconds());
  manifest.expires_at = manifest.fetched_at + std::chrono::hours(24);
  const bool knows_all = relay_.knows_all(sale.object);
  if (knows_all) manifest.root = catalogue.root(sale.object);
  const auto hashes = final ? sale.served : knows_all ? catalogue.hashes(sale.object) : std::vector<base::Hash256>{};
  if (final) manifest.first_chunk = sale.first;
  manifest.chunk_count = hashes.size();
  if (!hashes.empty()) manifest.chunks_digest = content::digest_of(hashes);
  wire::ManifestMessage message;
  message.stream = id;
  message.final = final;
  message.manifest = content::pack(manifest);
  message.signature = relay_.key.sign(content::manifest_digest(kDomain, manifest));
  message.redelivered = redelivered;
  message.charge = fee.charge;
  message.charged_after = fee.charged_after;
  session_.send(std::move(message));
  if (!final && !hashes.empty()) session_.send(wire::Hashes{id, 0, hashes});
}

}  // namespace ferry::simulation

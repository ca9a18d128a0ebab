#include "tests/simulation/network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>

namespace ferry::simulation {

using base::Amount;

namespace {

constexpr double kPatience = 1.5;         ///< as Patience::second_relay
constexpr double kToldAgain = 600;        ///< as RelayFinder::kAgain
constexpr double kOriginDelay = 0.15;     ///< until an origin's first byte is at the relay
constexpr double kOriginRate = 6.25e6;    ///< bytes per second
constexpr std::uint64_t kPrepayChunks = 4;
constexpr double kLieEvery = 0.02;        ///< of a liar's chunks
constexpr double kMib = 1024 * 1024;

relay::ObjectId object_id(std::size_t number) {
  relay::ObjectId id;
  const std::uint64_t spread = number * 0x9e3779b97f4a7c15ULL;
  std::memcpy(id.data.data(), &spread, sizeof(spread));
  return id;
}

std::uint64_t chunks_of(std::uint64_t bytes) { return (bytes + kChunkBytes - 1) / kChunkBytes; }

}  // namespace

struct Network::Fetch {
  std::uint32_t client = 0;
  std::size_t object = 0;
  std::vector<std::uint32_t> order;
  std::size_t tried = 0;
  std::uint64_t chunk = 0;  ///< that is wanted next
  double began = 0;
  bool has_byte = false;
  base::RequestHash request;
  base::ChannelId channel;
  pricing::Quote quote;
  double origin_at = 0;  ///< when the origin's next byte is at the relay
};

Network::Network(const Settings& settings) : settings_(settings), random_(settings.seed), choice_random_(settings.seed ^ 0x5eedU) {
  const std::uint64_t cache = std::uint64_t{settings.cache_mib} << 20U;
  relays_.reserve(settings.relays);
  for (std::uint32_t i = 0; i < settings.relays; ++i) {
    auto& relay = relays_.emplace_back(new_key(), cache);
    relay.line = {uniform(2.5e6, 25e6), uniform(0.005, 0.08), 0};
    const double dear = uniform(0.5, 2);
    const auto dearer = [dear](Amount price) { return Amount::from_units(price.units() * static_cast<Amount::Raw>(dear * 1000) / 1000); };
    relay.tariff.hit = dearer(relay.tariff.hit);
    relay.tariff.miss = dearer(relay.tariff.miss);
    const double kind = uniform(0, 1), length = settings.length_seconds();
    if (kind < settings.liars) relay.lies = true;
    else if (kind < settings.liars + settings.dying) relay.until = uniform(0.2, 0.8) * length;
    else if (kind < settings.liars + settings.dying + settings.slow) relay.line.bytes_per_second /= 10;
    else if (kind > 1 - settings.late) relay.from = length / 2;
  }
  clients_.reserve(settings.clients);
  for (std::uint32_t i = 0; i < settings.clients; ++i) {
    auto& client = clients_.emplace_back(new_key());
    client.line = {uniform(2.5e6, 12.5e6), uniform(0.005, 0.05), 0};
    client.left = settings.fetches;
  }
  last_came_.resize(settings.clients);
  make_objects();
}

base::SecretKey Network::new_key() {
  for (;;) {
    base::Bytes secret(32);
    for (auto& byte : secret) byte = static_cast<std::uint8_t>(random_());
    if (auto key = base::SecretKey::from_bytes(secret)) return std::move(*key);
  }
}

double Network::uniform(double low, double high) { return low + (high - low) * static_cast<double>(random_() >> 11U) * 0x1p-53; }

base::Time Network::time() const { return base::Time{1'700'000'000'000 + static_cast<std::int64_t>(events_.now() * 1000)}; }

/// Sizes as of files on the web: a median of 512 KiB and a long tail, cut at 64 MiB.
void Network::make_objects() {
  std::normal_distribution<double> normal(std::log(512.0 * 1024), 1.6);
  double sum = 0;
  for (std::uint32_t i = 0; i < settings_.objects; ++i) {
    object_bytes_.push_back(static_cast<std::uint64_t>(std::clamp(std::exp(normal(random_)), 1024.0, 64 * kMib)));
    popularity_.push_back(sum += std::pow(i + 1, -settings_.zipf));
  }
}

std::size_t Network::draw_object() {
  const auto place = std::lower_bound(popularity_.begin(), popularity_.end(), uniform(0, popularity_.back()));
  return static_cast<std::size_t>(std::min<std::ptrdiff_t>(place - popularity_.begin(), static_cast<std::ptrdiff_t>(popularity_.size()) - 1));
}

/// As two relays that are asked for others: so many of those that are there, drawn by lot. Those that it has dealt with stay.
void Network::tell_of_relays(SimClient& client) {
  if (events_.now() - client.told_at < kToldAgain) return;
  client.told_at = events_.now();
  std::erase_if(client.known, [&](auto number) { return !client.scores.contains(number); });
  while (client.known.size() < std::min<std::size_t>(settings_.known, relays_.size() / 2)) {
    const auto number = static_cast<std::uint32_t>(random_() % relays_.size());
    const bool is_known = std::find(client.known.begin(), client.known.end(), number) != client.known.end();
    if (!is_known && relays_[number].is_there(events_.now())) client.known.push_back(number);
  }
}

std::vector<std::uint32_t> Network::order_for(SimClient& client) {
  tell_of_relays(client);
  std::vector<std::uint32_t> usable;
  std::copy_if(client.known.begin(), client.known.end(), std::back_inserter(usable), [&](auto number) { return !client.marked.contains(number); });
  if (!settings_.best) return usable;
  std::vector<client::RelayScore> scores;
  for (const auto number : usable) {
    const auto score = client.scores.find(number);
    scores.push_back(score != client.scores.end() ? score->second : client::RelayScore{});
  }
  std::vector<std::uint32_t> order;
  for (const auto index : client::sampled_order(scores, client::need_among(scores), choice_random_)) order.push_back(usable[index]);
  return order;
}

Outcome Network::run() {
  for (std::uint32_t i = 0; i < settings_.clients; ++i) events_.at(uniform(0, settings_.gap_seconds), [this, i] { begin(i); });
  events_.run();
  for (const auto& relay : relays_) {
    for (const auto& [id, channel] : relay.ledger.channels()) outcome_.earned = outcome_.earned.plus_saturated(channel.charged);
  }
  for (const auto& client : clients_) {
    for (const auto& [id, channel] : client.ledger.channels()) outcome_.paid = outcome_.paid.plus_saturated(channel.confirmed);
  }
  return outcome_;
}

void Network::begin(std::uint32_t number) {
  auto& client = clients_[number];
  --client.left;
  auto fetch = std::make_shared<Fetch>();
  fetch->client = number;
  fetch->object = draw_object();
  fetch->began = events_.now();
  fetch->order = order_for(client);
  const std::uint64_t request = ++requests_;
  std::memcpy(fetch->request.data.data(), &request, sizeof(request));
  next_relay(fetch);
}

void Network::end(const Fetch& fetch, bool well) {
  ++(well ? outcome_.fetches : outcome_.failed);
  if (clients_[fetch.client].left == 0) return;
  events_.after(-std::log(uniform(1e-9, 1)) * settings_.gap_seconds, [this, number = fetch.client] { begin(number); });
}

void Network::next_relay(const std::shared_ptr<Fetch>& fetch) {
  if (fetch->tried == fetch->order.size()) return end(*fetch, false);
  const auto number = fetch->order[fetch->tried++];
  auto& client = clients_[fetch->client];
  if (client.marked.contains(number)) ++outcome_.chosen_although_marked;
  if (fetch->tried > 1) ++outcome_.switches;
  if (!relays_[number].is_there(events_.now())) return lose(fetch, number);
  // A new channel costs a connection, the names of both and the deposit.
  const double round_trip = 2 * (client.line.delay_seconds + relays_[number].line.delay_seconds);
  const int trips = client.channels.contains(number) ? 1 : 6;
  events_.after(round_trip * trips, [this, fetch, number] { ask(fetch, number); });
}

void Network::lose(const std::shared_ptr<Fetch>& fetch, std::uint32_t number) {
  clients_[fetch->client].scores[number].answered(false);
  events_.after(kPatience, [this, fetch] { next_relay(fetch); });
}

void Network::ask(const std::shared_ptr<Fetch>& fetch, std::uint32_t number) {
  auto& client = clients_[fetch->client];
  auto& relay = relays_[number];
  if (!relay.is_there(events_.now())) return lose(fetch, number);
  fetch->channel = channel_between(client, relay, number);
  pricing::QuoteSubject subject;
  subject.relay = relay.key.address();
  subject.payer = client.key.address();
  subject.request = fetch->request;
  subject.chunk_bytes = kChunkBytes;
  subject.known_bytes = object_bytes_[fetch->object];
  fetch->quote = pricing::make_quote(relay.tariff, subject, time(), base::Salt{});
  auto& score = client.scores[number];
  score.answered(true);
  score.miss_per_mib = fetch->quote.miss_per_mib;
  score.hit_per_mib = fetch->quote.hit_per_mib;
  fetch->origin_at = events_.now() + kOriginDelay;
  const auto chunk_price = pricing::price_of(fetch->quote.miss_per_mib, kChunkBytes);
  count(*fetch, charge(*fetch, relay, channels::DeliveryKey::kHead, fetch->quote.per_request, chunk_price), channels::DeliveryKey::kHead);
  const bool is_held = relay.cache->contains({object_id(fetch->object), base::ChunkIndex{fetch->chunk}});
  const double round_trip = 2 * (client.line.delay_seconds + relay.line.delay_seconds);
  score.first_byte_after(round_trip + (is_held ? 0 : kOriginDelay));
  last_came_[fetch->client] = 0;
  bring(fetch, number);
}

channels::ChargeRecord Network::charge(Fetch& fetch, SimRelay& relay, std::uint64_t index, Amount price, Amount chunk_price) {
  auto& client = clients_[fetch.client];
  promise(client, relay, fetch.channel, fetch.quote.per_request.plus_saturated(*chunk_price.times(kPrepayChunks)));
  const auto verdict = relay.ledger.reserve(fetch.channel, {fetch.request, index}, price, chunk_price, time());
  const auto* reservation = verdict ? std::get_if<channels::Reservation>(&*verdict) : nullptr;
  if (reservation == nullptr) {
    std::fprintf(stderr, "simulation: a chunk that was promised for is not admitted\n");
    std::abort();
  }
  const auto record = relay.ledger.charge(*reservation, price, time());
  return record ? std::get<channels::ChargeRecord>(*record) : channels::ChargeRecord{};
}

void Network::count(Fetch& fetch, const channels::ChargeRecord& charge, std::uint64_t index) {
  auto& ledger = clients_[fetch.client].ledger;
  ledger.apply(ledger.delivered(fetch.channel, fetch.request, index, base::Hash256{}, charge.charge, charge.charged_after));
}

/// The next chunk: from the cache or the origin, over the relay's line and the client's.
void Network::bring(const std::shared_ptr<Fetch>& fetch, std::uint32_t number) {
  auto& relay = relays_[number];
  if (!relay.is_there(events_.now())) return lose(fetch, number);
  auto& client = clients_[fetch->client];
  const auto total = object_bytes_[fetch->object];
  const auto bytes = std::min(kChunkBytes, total - fetch->chunk * kChunkBytes);
  const relay::ChunkKey key{object_id(fetch->object), base::ChunkIndex{fetch->chunk}};
  const bool is_hit = relay.cache->find(key) != nullptr;
  if (!is_hit) {
    fetch->origin_at = std::max(fetch->origin_at, events_.now()) + static_cast<double>(bytes) / kOriginRate;
    relay.cache->put(key, std::make_shared<relay::Chunk>(relay::Chunk{base::Bytes(std::max<std::size_t>(1, bytes / kScale)), {}}));
  } else {
    outcome_.bytes_from_cache += bytes;
    ++relay.hits;
  }
  const auto price = pricing::price_of(is_hit ? fetch->quote.hit_per_mib : fetch->quote.miss_per_mib, bytes);
  const auto charged = charge(*fetch, relay, fetch->chunk, price, pricing::price_of(fetch->quote.miss_per_mib, kChunkBytes));
  const double sent = relay.line.carry(is_hit ? events_.now() : fetch->origin_at, bytes);
  const double there = client.line.carry(sent + relay.line.delay_seconds + client.line.delay_seconds, bytes);
  const bool lie = relay.lies && uniform(0, 1) < kLieEvery;
  events_.at(there, [this, fetch, number, charged, bytes, lie] { came(fetch, number, charged, bytes, lie); });
}

void Network::came(const std::shared_ptr<Fetch>& fetch, std::uint32_t number, const channels::ChargeRecord& charge, std::uint64_t bytes, bool lie) {
  auto& client = clients_[fetch->client];
  auto& relay = relays_[number];
  auto& score = client.scores[number];
  if (lie) {  // its hash is not the one that is signed: a day's mark, and nothing is owed
    ++outcome_.lies_found;
    ++relay.lies_told;
    outcome_.unpaid_lies = outcome_.unpaid_lies.plus_saturated(charge.charge);
    score.lied();
    client.marked.insert(number);
    return next_relay(fetch);
  }
  count(*fetch, charge, fetch->chunk);
  score.chunk_was_right();
  const double last = std::exchange(last_came_[fetch->client], events_.now());
  if (last > 0) score.brought(bytes, events_.now() - last);
  if (!std::exchange(fetch->has_byte, true)) outcome_.first_byte.push_back(events_.now() - fetch->began);
  if (!relay.first_sale) relay.first_sale = events_.now();
  relay.bytes += bytes;
  ++relay.chunks;
  outcome_.bytes += bytes;
  if (++fetch->chunk == chunks_of(object_bytes_[fetch->object])) return end(*fetch, true);
  bring(fetch, number);
}

}  // namespace ferry::simulation

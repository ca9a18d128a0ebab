// How a TestRelay serves one request, and how it cheats.

#include <algorithm>
#include <utility>

#include "pricing/witness_price.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"
#include "tests/unit/client/test_connection.hpp"

namespace ferry::client::testing {

using base::Amount;
using pricing::ChunkSource;

namespace {

base::ByteView chunk_of(const TestObject& object, std::uint64_t index) {
  const auto whole = base::ByteView{object.body};
  return whole.subspan(content::chunk_offset(base::ChunkIndex{index}), content::chunk_size(base::ChunkIndex{index}, whole.size()));
}

base::Hash256 hash_of(const TestObject& object, std::uint64_t index) { return content::chunk_hash(base::ChunkIndex{index}, chunk_of(object, index)); }

std::vector<base::Hash256> hashes_of(const TestObject& object) {
  std::vector<base::Hash256> hashes;
  for (std::uint64_t i = 0; i < content::chunk_count(object.body.size()); ++i) hashes.push_back(hash_of(object, i));
  return hashes;
}

content::Headers headers_of(const wire::Request& request) {
  content::Headers headers;
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  return headers;
}

bool keeps(const pricing::Quote& quote, const std::optional<wire::PriceLimit>& limit) {
  return limit && quote.hit_per_mib <= limit->hit_per_mib && quote.miss_per_mib <= limit->miss_per_mib && quote.per_request <= limit->per_request;
}

/// Takes what was asked for once.
bool once(std::optional<std::uint64_t>& cheat, std::uint64_t index) {
  if (cheat != index) return false;
  cheat.reset();
  return true;
}

}  // namespace

void TestConnection::open_request(const wire::Request& request) {
  const bool is_question = request.channel == base::ChannelId{};  // nothing can be charged
  auto& seen = is_question ? state_.questions : state_.requests;
  seen.push_back({request.url, request.method, request.first_chunk, request.chunk_count, request.if_validator, request.window,
                             request.accept_up_to.has_value(), headers_of(request), wire::is_witness(request.kind)});
  const auto refuse = [&](base::Error error) { session_->send(wire::Refused{request.stream, std::move(error), 0}); };
  if (state_.cheats.ignores_requests || (!is_question && std::exchange(state_.cheats.ignores_a_request, false))) return;
  if (state_.cheats.refuse_requests) return refuse(*state_.cheats.refuse_requests);
  const auto object = state_.objects.find(request.url);
  if (object == state_.objects.end()) return refuse(base::refusal("origin_unknown", "no such thing"));
  if (!request.if_validator.empty() && request.if_validator != object->second.validator && !state_.cheats.ignores_validator) {
    return refuse(base::refusal("object_changed", "another one now"));
  }
  const auto& body = object->second;
  const auto beyond = request.first_chunk > 0 && request.first_chunk >= content::chunk_count(body.body.size());
  if (beyond && body.length_known && body.status == 200) return refuse(base::refusal("chunk_beyond_end", "it ends before"));
  state_.book.confirm(request.channel, request.confirmed);
  TestStream stream;
  stream.request = request;
  stream.object = &object->second;
  stream.next_chunk = request.first_chunk;
  const auto total = content::chunk_count(object->second.body.size());
  stream.end_chunk = request.chunk_count > total ? total : std::min(total, request.first_chunk + request.chunk_count);
  send_offer(stream);
  if (state_.cheats.refuses_after_quote) return refuse(base::environment("origin_unreachable", "the origin does not answer any more"));
  stream.accepted = keeps(stream.quote, request.accept_up_to);
  streams_[request.stream] = std::move(stream);
}

void TestConnection::send_offer(TestStream& stream) {
  const auto* channel = state_.book.find(stream.request.channel);
  pricing::QuoteSubject subject;
  subject.relay = state_.identity.address();
  subject.payer = channel != nullptr ? channel->config.payer : session_->client_key();
  stream.answered = content::request_hash(stream.request.method, state_.cheats.quote_for_another ? "http://other.test/" : stream.request.url,
                                          headers_of(stream.request));
  subject.request = stream.is_witness() ? content::witness_hash(stream.answered) : stream.answered;
  subject.chunk_bytes = content::kChunkBytes;
  subject.known_bytes = stream.object->length_known ? stream.object->body.size() : 0;
  for (const auto index : stream.object->held) subject.cached_bytes += chunk_of(*stream.object, index).size();
  const auto at = state_.cheats.old_quotes ? state_.now() - pricing::kQuoteValidity - pricing::kQuoteGrace : state_.now();
  stream.quote = pricing::make_quote(state_.tariff, subject, at, base::Salt::random());
  session_->send(wire::QuoteMessage{stream.request.stream, pricing::pack(stream.quote),
                                    state_.identity.sign(pricing::quote_digest(state_.domain_separator, stream.quote))});
}

bool TestConnection::serve_step(TestStream& stream) {
  if (!session_->is_open(stream.request.stream)) {
    streams_.erase(stream.request.stream);
    return false;
  }
  if (!stream.accepted || half_frame_) return false;
  if (!stream.fee_charged) return charge_fee(stream);
  const bool has_body = stream.request.method != "HEAD";
  if (has_body && stream.next_chunk < stream.end_chunk) return serve_chunk(stream);
  if (std::exchange(state_.cheats.close_before_done, false)) {
    write_out();
    close();
    return false;
  }
  const auto id = stream.request.stream;
  if (has_body) send_manifest(stream, true, Amount{}, false, Amount{});
  session_->send(wire::Done{id});
  streams_.erase(id);
  return false;
}

std::optional<channels::Reservation> TestConnection::reserve(TestStream& stream, std::uint64_t index, Amount price) {
  const auto chunk_price = pricing::price_of(stream.quote.miss_per_mib, content::kChunkBytes);
  const auto* channel = state_.book.find(stream.request.channel);
  const auto lied = channel->charged.plus_saturated(state_.cheats.claims_more).plus_saturated(price);
  auto verdict = state_.book.reserve(stream.request.channel, {stream.quote.request, index}, price, chunk_price, state_.now());
  if (!verdict) {
    const auto id = stream.request.stream;
    session_->send(wire::Refused{id, verdict.error(), 0});
    return std::nullopt;
  }
  auto* reservation = std::get_if<channels::Reservation>(&*verdict);
  const bool pretends = !state_.cheats.claims_more.is_zero() && channel->ceiling < lied;
  if (reservation != nullptr && !pretends) return *reservation;
  if (reservation != nullptr) state_.book.release(*reservation);
  const auto need = reservation != nullptr ? channels::NeedVoucher{channel->charged.plus_saturated(price), channel->ceiling, channel->charged, channel->chain.balance}
                                           : std::get<channels::NeedVoucher>(*verdict);
  if (stream.told != need.required) {
    stream.told = need.required;
    const auto more = state_.cheats.claims_more;
    session_->send(wire::NeedVoucher{stream.request.channel, stream.request.stream, need.required.plus_saturated(more), need.ceiling,
                                     need.charged.plus_saturated(more), need.balance});
  }
  return std::nullopt;
}

/// The channel's sum with this charge.
Amount TestConnection::charge(const channels::Reservation& reservation) {
  const auto record = state_.book.charge(reservation, reservation.price, state_.now());
  return record ? std::get<channels::ChargeRecord>(*record).charged_after : reservation.charged_after;
}

bool TestConnection::charge_fee(TestStream& stream) {
  const auto fee = reserve(stream, channels::DeliveryKey::kHead, stream.quote.per_request);
  if (!fee) return false;
  const auto charged_after = charge(*fee);
  stream.fee_charged = true;
  const auto extra = Amount::from_units(state_.cheats.overcharge_fee ? 1 : 0);
  send_manifest(stream, false, fee->price.plus_saturated(extra), fee->redelivery, charged_after);
  return true;
}

void TestConnection::send_manifest(TestStream& stream, bool is_final, Amount charge, bool redelivered, Amount charged_after) {
  const auto& object = *stream.object;
  content::Manifest manifest;
  manifest.request = stream.answered;
  manifest.status = object.status;
  manifest.headers = object.headers;
  manifest.validator = object.validator;
  if (object.length_known || is_final) manifest.length = object.body.size() + (is_final ? 0 : state_.cheats.claims_longer);
  manifest.fetched_at = manifest.expires_at = base::Time::from_seconds((state_.now() - object.age).unix_seconds());
  std::vector<base::Hash256> announced;
  if (!is_final && object.announces_hashes) announced = hashes_of(object);
  const auto& covered = is_final ? stream.served : announced;
  manifest.first_chunk = is_final ? stream.request.first_chunk : 0;
  manifest.chunk_count = covered.size();
  if (!covered.empty()) manifest.chunks_digest = content::digest_of(covered);
  if (covered.empty()) manifest.first_chunk = 0;
  if (is_final || object.announces_hashes) manifest.root = content::root_of(hashes_of(object));
  if (is_final && state_.cheats.changes_final_manifest) manifest.validator = "\"another\"";
  const auto signature = state_.identity.sign(content::manifest_digest(state_.domain_separator, manifest));
  session_->send(wire::ManifestMessage{stream.request.stream, is_final, content::pack(manifest), signature, charge, redelivered, charged_after});
  if (!announced.empty()) session_->send(wire::Hashes{stream.request.stream, 0, announced});
}

bool TestConnection::serve_chunk(TestStream& stream) {
  auto& cheats = state_.cheats;
  auto index = stream.next_chunk;
  const bool may_stall = !stream.is_witness() && (!cheats.stalls_only_whole || stream.request.first_chunk == 0);
  if (cheats.stall_at_chunk == index && may_stall) return false;
  if (once(cheats.give_up_at_chunk, index)) {
    session_->send(wire::Refused{stream.request.stream, base::refusal("reader_stalled", "nothing was taken"), 0});
    return false;
  }
  const auto before = state_.charged.find(index);
  const bool repeats = cheats.repeats_as_new && before != state_.charged.end();
  const auto source = stream.object->held.contains(index) && !repeats ? ChunkSource::hit : ChunkSource::miss;
  const auto bytes = chunk_of(*stream.object, index);
  const auto price = stream.is_witness() ? pricing::witness_charge(stream.quote, source, bytes.size()) : pricing::chunk_charge(stream.quote, source, bytes.size());
  if (session_->window(stream.request.stream) < bytes.size()) return false;
  auto [charged, charged_after] = repeats ? before->second : std::pair<Amount, Amount>{};
  bool redelivered = false;
  if (!repeats) {
    const auto reservation = reserve(stream, index, price);
    if (!reservation) return false;
    charged = reservation->price;
    redelivered = reservation->redelivery;
    charged_after = charge(*reservation);
    state_.charged[index] = {charged, charged_after};
  }
  if (once(cheats.lose_chunk, index)) {
    write_out();
    close();
    return false;
  }

  auto payload = std::make_shared<base::Bytes>(bytes.begin(), bytes.end());
  wire::ChunkMessage message;
  message.stream = stream.request.stream;
  message.index = base::ChunkIndex{cheats.skip_chunk == index ? index + 1 : index};
  message.source = static_cast<std::uint8_t>(source);
  message.redelivered = redelivered;
  message.charge = charged;
  message.charged_after = charged_after;
  message.hash = hash_of(*stream.object, index);
  if (cheats.overcharge_chunk == index) message.charge = message.charge.plus_saturated(Amount::from_units(1));
  if (cheats.corrupt_all || cheats.corrupt_chunk == index) (*payload)[payload->size() / 2] ^= 1U;
  message.payload = wire::Payload{payload, base::ByteView{*payload}};
  if (once(cheats.cut_chunk, index)) {
    write_out();
    half_frame_ = true;
  }
  if (stream.is_witness()) {
    session_->send(wire::Witnessed{message.stream, message.index, static_cast<std::uint32_t>(bytes.size()), message.source, message.redelivered, message.charge,
                                   message.charged_after, message.hash});
  } else {
    session_->send(std::move(message));
    ++state_.chunks_sent;
  }
  stream.served.push_back(hash_of(*stream.object, index));
  stream.object->held.insert(index);
  ++stream.next_chunk;
  return true;
}

}  // namespace ferry::client::testing

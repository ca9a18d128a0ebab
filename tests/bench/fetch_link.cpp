#include "tests/bench/fetch_link.hpp"

#include "pricing/quote.hpp"
#include "protocol/base/url.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::bench {

using base::Result;

namespace {

constexpr std::uint64_t kWindow = 8 * 1024 * 1024;
constexpr std::uint64_t kWindowStep = 1024 * 1024;

base::Unexpected refused(const std::string& code, const std::string& message) { return base::fail(base::refusal(code, message)); }

}  // namespace

FetchLink::FetchLink(const RelayPlace& place, std::unique_ptr<TlsSocket> socket, std::uint32_t number, const FetchPlan& plan,
                     FetchCounts& counts)
    : RelayLink(place, std::move(socket), bench_key(number)), plan_(plan), counts_(counts), number_(number), asked_(number) {}

Result<void> FetchLink::on_event(wire::ClientEvent event) {
  return std::visit([this](const auto& came) { return on(came); }, event);
}

Result<void> FetchLink::on(const wire::RelayWelcomed& event) {
  FERRY_TRY(channel_, BenchChannel::open(event.welcome, key(), plan_.ledger));
  session().open_channel(channel_->open_message());
  return {};
}

Result<void> FetchLink::on(const wire::ChannelState& event) {
  FERRY_CHECK(channel_->resume(event));
  return start_request();
}

std::string FetchLink::next_url() {
  const auto number = plan_.objects == 0 ? plan_.fresh + std::to_string(number_) + "-" + std::to_string(asked_)
                                         : std::to_string(asked_ % plan_.objects);
  ++asked_;
  auto url = plan_.url;
  if (const auto at = url.find("{n}"); at != std::string::npos) url.replace(at, 3, number);
  return url;
}

Result<void> FetchLink::start_request() {
  wire::Request request;
  request.channel = channel_->id();
  request.method = "GET";
  FERRY_TRY(const auto url, base::Url::parse(next_url()));
  request.url = url.to_string();
  request.accept_up_to = wire::PriceLimit{pricing::kMaxPrice, pricing::kMaxPrice, pricing::kMaxPrice};
  request.window = kWindow;
  verifier_.emplace(channel_->domain_separator(), session().welcome()->relay, ferry::content::request_hash("GET", request.url, {}));
  unreturned_window_ = 0;
  seen_chunk_ = false;
  began_ = std::chrono::steady_clock::now();
  FERRY_TRY(stream_, session().open_stream(std::move(request)));
  return {};
}

void FetchLink::pay() {
  if (const auto voucher = channel_->promise_ahead(ahead_, key())) {
    session().send(*voucher);
    ++counts_.vouchers;
  }
}

Result<void> FetchLink::on(const wire::QuoteMessage& event) {
  FERRY_TRY(const auto quote, pricing::unpack_quote(base::ByteView{event.quote}));
  const auto dearer = std::max(quote.hit_per_mib, quote.miss_per_mib);
  const auto chunk_price = pricing::price_of(dearer, ferry::content::kChunkBytes);
  ahead_ = chunk_price.times(plan_.prepay_chunks).value_or(base::Amount::zero()).plus_saturated(quote.per_request);
  pay();
  return {};
}

Result<void> FetchLink::on(const wire::NeedVoucher& event) {
  ++counts_.waits;
  // One that crossed our last voucher.
  if (event.required <= channel_->ceiling()) return {};
  session().send(channel_->promise(std::max(event.required, channel_->confirmed().plus_saturated(ahead_)), key()));
  ++counts_.vouchers;
  return {};
}

Result<void> FetchLink::on(const wire::ManifestMessage& event) {
  if (plan_.verify) {
    FERRY_TRY(const auto manifest, ferry::content::unpack_manifest(base::ByteView{event.manifest}));
    if (manifest.status != 200) return refused("status", "the origin answered " + std::to_string(manifest.status));
    FERRY_CHECK(verifier_->add_manifest(manifest, event.signature));
  }
  if (!event.redelivered) channel_->add_charge(event.charge);
  return {};
}

Result<void> FetchLink::on(const wire::Hashes& event) {
  if (!plan_.verify) return {};
  return verifier_->add_hashes(base::ChunkIndex{event.first}, event.hashes);
}

Result<void> FetchLink::on(const wire::ChunkMessage& event) {
  const auto bytes = event.payload.bytes;
  if (plan_.verify) FERRY_CHECK(verifier_->accept_chunk(event.index, bytes, event.hash));
  if (!seen_chunk_) {
    seen_chunk_ = true;
    const std::chrono::duration<double, std::milli> waited = std::chrono::steady_clock::now() - began_;
    counts_.first_chunk_ms.push_back(waited.count());
  }
  counts_.bytes += bytes.size();
  ++(event.source == 0 ? counts_.hits : counts_.misses);
  if (event.redelivered) ++counts_.redelivered;
  else channel_->add_charge(event.charge);
  pay();
  unreturned_window_ += bytes.size();
  if (unreturned_window_ >= kWindowStep) session().add_window(stream_, std::exchange(unreturned_window_, 0));
  return {};
}

Result<void> FetchLink::on(const wire::Done& /*event*/) {
  if (plan_.verify && !verifier_->has_all()) return refused("incomplete", "the relay ended a body before all of it was verified");
  ++counts_.requests;
  return start_request();
}

Result<void> FetchLink::on(const wire::VoucherRefused& event) { return refused(event.code, "voucher refused: " + event.message); }
Result<void> FetchLink::on(const wire::Refused& event) { return base::fail(event.error); }
Result<void> FetchLink::on(const wire::LedgerReply& /*event*/) { return {}; }

Result<void> FetchLink::on(const wire::Relays& /*event*/) { return {}; }
Result<void> FetchLink::on(const wire::RelayLeaving& event) { return refused(event.code, "the relay leaves: " + event.message); }

}  // namespace ferry::bench

#include "client/fetch/lane.hpp"

#include <algorithm>
#include <utility>

#include "client/fetch/fetch_offer.hpp"
#include "client/fetch/price_check.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;

namespace {

constexpr double kNsPerSecond = 1e9;
/// Of the newest chunk in the mean.
constexpr double kNewest = 0.2;
/// What is asked for ahead fills the way there and back, with room for a way that is longer when it is busy.
constexpr double kSecondsAhead = 0.15;
constexpr double kRoundTripsAhead = 2.5;
constexpr double kMsPerSecond = 1000;
constexpr std::size_t kLeastAhead = 2;

double seconds_since(std::uint64_t ns) { return static_cast<double>(uv_hrtime() - ns) / kNsPerSecond; }

}  // namespace

/// One run on its way.
struct Lane::Stream final : BodyStreamListener {
  Stream(Lane& of, const base::Hash256& domain_separator, const base::RequestHash& request, const std::optional<base::Hash256>& root)
      : lane(of), verifier(domain_separator, of.relay_.address(), request, root) {}

  bool on_offer(const pricing::Quote& quote) override { return lane.agree(quote); }
  Result<void> on_head(const content::Manifest& /*manifest*/) override {
    const bool is_first = !std::exchange(has_head, true);
    if (is_first) lane.score().first_byte_after(seconds_since(began_ns));
    lane.has_head_ = true;
    return lane.owner_.on_head(lane, verifier, is_first);
  }
  void on_fee(base::Amount charge) override { lane.owner_.on_fee(lane, charge); }
  void on_refused_chunk() override { lane.owner_.on_refused_chunk(lane); }

  void on_chunk(OwedChunk chunk) override {
    ++brought;
    lane.came(chunk.payload.bytes.size());
    lane.owner_.on_chunk(lane, std::move(chunk), [weak = std::weak_ptr<BodyStream>(body)] {
      if (const auto stream = weak.lock()) stream->taken();
    });
  }

  void on_all_asked() override {
    if (std::exchange(lane.all_asked_, true)) return;
    lane.core_.loop.post([weak = lane.weak_from_this()] {
      if (const auto here = weak.lock(); here && here->has_room()) here->owner_.on_all_asked(*here);
    });
  }

  void on_stream_end(const Result<void>& outcome) override { lane.end(*this, outcome); }

  Lane& lane;
  content::BodyVerifier verifier;
  std::shared_ptr<BodyStream> body;
  std::uint64_t brought = 0;
  std::uint64_t began_ns = uv_hrtime();
  bool has_head = false;
  bool doubled = false;
};

Lane::Lane(Core& core, Relay& relay, std::shared_ptr<Budget> budget, LaneOwner& owner)
    : core_(core), relay_(relay), budget_(std::move(budget)), owner_(owner) {}

RelayScore& Lane::score() { return core_.scores.of(relay_.address()); }

Lane::~Lane() { drop(); }

void Lane::prepare(const FetchRequest& request, Opening opening) {
  preparing_ = true;
  const auto ready = [weak = weak_from_this()](const Result<void>& outcome) {
    const auto lane = weak.lock();
    if (!lane) return;
    lane->preparing_ = false;
    lane->owner_.on_lane_ready(*lane, outcome);
  };
  const auto approve = [weak = weak_from_this()](const pricing::Quote& quote) {
    const auto lane = weak.lock();
    return lane && lane->agree(quote);
  };
  prepare_channel(core_, relay_, question_of(request), opening_terms(core_, request, budget_, opening, approve), ready);
}

bool Lane::agree(const pricing::Quote& quote) {
  score().miss_per_mib = quote.miss_per_mib;
  score().hit_per_mib = quote.hit_per_mib;
  if (agreed_ && keeps(quote, *agreed_)) return true;
  if (!owner_.on_offer(*this, quote)) return false;
  agreed_ = wire::PriceLimit{quote.hit_per_mib, quote.miss_per_mib, quote.per_request};
  return true;
}

Result<void> Lane::open(StreamOrder order, const Run& run) {
  const auto* named = relay_.channel().named();
  if (named == nullptr || relay_.session() == nullptr) return base::fail(base::environment("relay_lost", "the relay left before it was asked"));
  order.first_chunk = run.first;
  order.chunk_count = run.end == UINT64_MAX ? UINT64_MAX : run.count();
  all_asked_ = false;
  auto& stream = *streams_.emplace_back(std::make_unique<Stream>(*this, named->book->domain_separator(), order.request_hash, order.request.root));
  BodyStreamListener& listener = stream;
  stream.body = std::make_shared<BodyStream>(core_, relay_, stream.verifier, budget_, std::move(order), listener);
  stream.body->start();
  return {};
}

bool Lane::adopt(base::ChunkIndex index, const base::Hash256& hash) {
  return std::all_of(streams_.begin(), streams_.end(), [&](const auto& stream) { return stream->verifier.adopt_chunk(index, hash); });
}

/// Chunks that come one behind the other tell what one takes; what is waited for the first of a run tells nothing.
void Lane::came(std::size_t bytes) {
  score().chunk_was_right();
  const auto now = uv_hrtime();
  const auto last = std::exchange(last_came_ns_, now);
  last_seconds_.reset();
  if (last == 0) return;
  const double gap = static_cast<double>(now - last) / kNsPerSecond;
  last_seconds_ = gap;
  score().brought(bytes, gap);
  chunk_seconds_ = chunk_seconds_ ? *chunk_seconds_ + kNewest * (gap - *chunk_seconds_) : gap;
}

void Lane::end(Stream& stream, const Result<void>& outcome) {
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&stream](const auto& entry) { return entry.get() == &stream; });
  // It is on the call stack, and may be the last that holds this lane's stream.
  const auto over = std::shared_ptr<Stream>(std::move(*found));
  streams_.erase(found);
  overhead_ += over->body->overhead_bytes();
  if (streams_.empty()) last_came_ns_ = 0;
  // A refusal is an answer; what ended on our side says nothing.
  if (outcome || outcome.error().kind == base::ErrorKind::environment) score().answered(outcome.has_value());
  const auto self = shared_from_this();
  owner_.on_run_end(*this, {outcome, over->brought, over->body->is_shortened(), {over, &over->verifier}});
  core_.loop.post([over, self] {});
}

std::vector<RunningRun> Lane::running(std::optional<std::uint64_t> length, double usual_seconds) const {
  std::vector<RunningRun> runs;
  for (const auto& stream : streams_) {
    const auto& body = *stream->body;
    const auto end = std::min(body.ordered_end(), length ? content::chunk_count(*length) : UINT64_MAX);
    const double waited = seconds_since(std::max(last_came_ns_, stream->began_ns));
    // Who says nothing is as slow as its silence is long.
    const double seconds = std::max(chunk_seconds_.value_or(usual_seconds), body.asked_end() > body.next_chunk() ? waited : 0.0);
    runs.push_back({{body.next_chunk(), std::max(end, body.next_chunk())}, body.asked_end(), seconds, waited, stream->doubled, stream->brought > 0});
  }
  return runs;
}

void Lane::end_before(std::size_t index, std::uint64_t chunk) { streams_[index]->body->end_before(chunk); }

bool Lane::is_held_back() const {
  return !streams_.empty() && std::all_of(streams_.begin(), streams_.end(), [](const auto& stream) { return stream->body->is_held_back(); });
}

void Lane::mark_doubled(std::size_t index) { streams_[index]->doubled = true; }

void Lane::unmark_doubled() {
  for (const auto& stream : streams_) stream->doubled = false;
}

std::size_t Lane::ahead(std::size_t at_most) const {
  if (!chunk_seconds_) return at_most;
  const double seconds = kSecondsAhead + kRoundTripsAhead * static_cast<double>(relay_.latency_ms().value_or(0)) / kMsPerSecond;
  const auto chunks = static_cast<std::size_t>(std::min(seconds / std::max(*chunk_seconds_, 1e-6), static_cast<double>(at_most)));
  return std::clamp<std::size_t>(chunks, std::min(kLeastAhead, at_most), at_most);
}

void Lane::set_ahead(std::size_t chunks) {
  for (const auto& stream : streams_) stream->body->set_ahead(chunks);
}

void Lane::stop(const base::Error& why) {
  for (const auto& stream : streams_) stream->body->stop(why);
}

void Lane::drop() {
  for (auto& stream : std::exchange(streams_, {})) {
    overhead_ += stream->body->overhead_bytes();
    stream->body->drop();
    core_.loop.post([dead = std::shared_ptr<Stream>(std::move(stream))] {});  // it may be on the call stack
  }
}

std::uint64_t Lane::overhead_bytes() const {
  std::uint64_t bytes = overhead_;
  for (const auto& stream : streams_) bytes += stream->body->overhead_bytes();
  return bytes;
}

}  // namespace ferry::client

#include "tests/simulation/lane.hpp"

#include <algorithm>
#include <utility>

#include "protocol/content/geometry.hpp"
#include "tests/simulation/connection.hpp"

namespace ferry::simulation {

namespace {

// As client/fetch/lane.cpp.
constexpr double kNewest = 0.2;
constexpr double kSecondsAhead = 0.15;
constexpr double kRoundTripsAhead = 2.5;
constexpr std::size_t kLeastAhead = 2;

}  // namespace

/// One run on its way.
struct Lane::Stream final : DownloadListener {
  explicit Stream(Lane& of) : lane(of), began(of.now()) {}

  void on_offer(const pricing::Quote& quote) override {
    auto& score = lane.score();
    score.miss_per_mib = quote.miss_per_mib;
    score.hit_per_mib = quote.hit_per_mib;
  }
  void on_head() override {
    lane.score().first_byte_after(lane.now() - began);
    lane.has_head_ = true;
    lane.owner_.on_head(lane);
  }
  void on_chunk(const ArrivedChunk& chunk) override {
    ++brought;
    lane.came(chunk.bytes.size());
    lane.owner_.on_chunk(lane, chunk);
  }
  void on_all_asked() override {
    if (std::exchange(lane.all_asked_, true)) return;
    lane.client_.world.events.after(0, [weak = lane.weak_from_this()] {
      if (const auto here = weak.lock(); here && here->has_room()) here->owner_.on_all_asked(*here);
    });
  }
  void on_end(const base::Error* error) override { lane.end(*this, error); }

  Lane& lane;
  std::shared_ptr<Download> download;
  double began;
  std::uint64_t brought = 0;
  bool doubled = false;
};

client::RelayScore& Lane::score() { return client_.score(*client_.relays[relay_]); }

void Lane::prepare() {
  preparing_ = true;
  connection_ = client_.connection(relay_);
  connection_->client_end().when_ready([weak = weak_from_this()](const base::Error* why_not) {
    const auto self = weak.lock();
    if (!self) return;
    self->preparing_ = false;
    self->owner_.on_lane_ready(*self, why_not);
  });
}

base::Result<void> Lane::open(DownloadOrder order, const client::Run& run) {
  if (connection_->is_over()) return base::fail(base::environment("relay_lost", "the relay left before it was asked"));
  order.run = run;
  all_asked_ = false;
  auto& stream = *streams_.emplace_back(std::make_shared<Stream>(*this));
  stream.download = std::make_shared<Download>(client_, *client_.relays[relay_], connection_, order, stream);
  stream.download->start();
  return {};
}

void Lane::adopt(base::ChunkIndex index, const base::Hash256& hash) {
  for (const auto& stream : streams_) stream->download->adopt(index, hash);
}

void Lane::came(std::size_t bytes) {
  score().chunk_was_right();
  const double last = std::exchange(last_came_, now());
  last_seconds_.reset();
  if (last == 0) return;
  const double gap = now() - last;
  last_seconds_ = gap;
  score().brought(bytes, gap);
  chunk_seconds_ = chunk_seconds_ ? *chunk_seconds_ + kNewest * (gap - *chunk_seconds_) : gap;
}

void Lane::end(Stream& stream, const base::Error* error) {
  const auto self = shared_from_this();
  const auto found = std::ranges::find_if(streams_, [&stream](const auto& one) { return one.get() == &stream; });
  const auto over = std::move(*found);
  streams_.erase(found);
  if (streams_.empty()) last_came_ = 0;
  // A refusal is an answer; what ended on our side says nothing.
  if (error == nullptr || error->kind == base::ErrorKind::environment) score().answered(error == nullptr);
  owner_.on_run_end(*this, {error != nullptr ? std::optional(*error) : std::nullopt, over->brought, over->download->is_shortened()});
}

std::vector<client::RunningRun> Lane::running(std::optional<std::uint64_t> length, double usual_seconds) const {
  std::vector<client::RunningRun> runs;
  for (const auto& stream : streams_) {
    const auto& download = *stream->download;
    const auto next = download.next_chunk();
    const auto end = std::min(download.ordered_end(), length ? content::chunk_count(*length) : UINT64_MAX);
    const double waited = now() - std::max(last_came_, stream->began);
    // Who says nothing is as slow as its silence is long.
    const double seconds = std::max(chunk_seconds_.value_or(usual_seconds), download.asked_end() > next ? waited : 0.0);
    runs.push_back({{next, std::max(end, next)}, download.asked_end(), seconds, waited, stream->doubled, stream->brought > 0});
  }
  return runs;
}

void Lane::end_before(std::size_t index, std::uint64_t chunk) { streams_[index]->download->end_before(chunk); }

void Lane::mark_doubled(std::size_t index) { streams_[index]->doubled = true; }

void Lane::unmark_doubled() {
  for (const auto& stream : streams_) stream->doubled = false;
}

void Lane::fit_ahead() {
  if (!chunk_seconds_) return;
  const double ahead = kSecondsAhead + kRoundTripsAhead * 2 * connection_->one_way();
  const auto chunks = static_cast<std::size_t>(std::min(ahead / std::max(*chunk_seconds_, 1e-6), static_cast<double>(client::kChunksAhead)));
  for (const auto& stream : streams_) stream->download->set_ahead(std::clamp(chunks, kLeastAhead, client::kChunksAhead));
}

void Lane::drop() {
  for (const auto& stream : std::exchange(streams_, {})) {
    stream->download->drop();
    client_.world.events.after(0, [stream] {});  // it may be on the call stack
  }
}

}  // namespace ferry::simulation

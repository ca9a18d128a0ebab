#include "relay/content/flight.hpp"

#include "protocol/content/geometry.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace ferry::relay::content {

namespace asio = boost::asio;
using ferry::content::kChunkBytes;

Flight::Flight(asio::io_context& io, ContentCache& cache, ContentCounters& counters,
               std::shared_ptr<Object> object, Launch launch, std::function<void()> ended)
    : io_(io),
      cache_(cache),
      counters_(counters),
      object_(std::move(object)),
      launch_(launch),
      ended_(std::move(ended)),
      index_(launch.span.first) {}

Flight::~Flight() {
    // Readers on other workers must not wait for what no longer comes.
    if (!over_)
        object_->failed(launch_.flight,
                        base::environment("origin_stopped", "the relay is stopping; use another one"));
}

void Flight::enter() {
    const auto post = [this](void (Flight::*step)()) -> std::function<void()> {
        return [&io = io_, weak = weak_from_this(), step] {
            asio::post(io, [weak, step] {
                if (const auto self = weak.lock()) (self.get()->*step)();
            });
        };
    };
    object_->control(launch_.flight, FlightControl{post(&Flight::resume), post(&Flight::cancel)});
}

void Flight::fly(std::unique_ptr<SourceStream> stream, std::optional<std::uint64_t> bytes) {
    if (over_) return;
    const auto self = shared_from_this();
    announced_ = bytes;
    stream_ = std::move(stream);
    stream_->deliver_to(*this);
}

void Flight::fail(base::Error error) {
    if (over_) return;
    if (error.code == "origin_changed") {
        ContentCounters::add(counters_.origin_changed);
        object_->break_off(error);
        cache_.forget(*object_);
    }
    object_->failed(launch_.flight, std::move(error));
    if (object_->broken()) cache_.forget(*object_);
    finish();
}

void Flight::stop() {
    fail(base::environment("origin_stopped", "the relay is stopping; use another one"));
}

void Flight::resume() {
    if (over_ || !paused_) return;
    paused_ = false;
    if (stream_) stream_->resume();
}

void Flight::cancel() {
    if (over_) return;
    if (!object_->cancel(launch_.flight)) return resume();
    if (object_->broken()) cache_.forget(*object_);
    finish();
}

Taken Flight::take(base::ByteView bytes) {
    if (over_ || broken_) return Taken::stop;
    if (paused_) return Taken::none;
    received_ += bytes.size();
    if (announced_ && received_ > *announced_) {
        broken_ = base::peer_fault("origin_length", "the origin sent more than it announced; ask again");
        return Taken::stop;
    }
    while (!bytes.empty()) {
        if (buffer_.capacity() < kChunkBytes) buffer_ = cache_.buffers().take();
        const auto part = bytes.first(std::min(bytes.size(), kChunkBytes - buffer_.size()));
        buffer_.insert(buffer_.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        if (buffer_.size() == kChunkBytes && !seal()) return Taken::stop;
    }
    return Taken::all;
}

bool Flight::seal() {
    const auto chunk = cache_.buffers().seal(std::exchange(buffer_, {}), base::ChunkIndex{index_});
    const auto go_on = object_->arrived(launch_.flight, index_, chunk);
    if (!go_on) {
        broken_ = go_on.error();
        return false;
    }
    cache_.save_chunk(*object_, index_, chunk);
    ContentCounters::add(counters_.origin_chunks);
    ++index_;
    paused_ = !*go_on;
    return true;
}

base::Result<void> Flight::check_length() const {
    if (!announced_ || received_ == *announced_) return {};
    return base::fail(base::peer_fault("origin_truncated", "the origin ended the body early; ask again"));
}

void Flight::end(base::Result<void> outcome) {
    const auto self = shared_from_this();
    if (over_) return;
    if (broken_) return fail(*broken_);
    if (outcome) outcome = check_length();
    if (!outcome) return fail(std::move(outcome).error());
    if (!buffer_.empty() && !seal()) return fail(*broken_);
    land();
}

void Flight::land() {
    const bool whole = launch_.span.end == kNoEnd;
    object_->landed(launch_.flight, whole ? std::optional{received_} : std::nullopt);
    if (object_->shared() && object_->complete()) {
        cache_.save_head(*object_);
        cache_.roots().note(object_);
    }
    finish();
}

void Flight::finish() {
    over_ = true;
    give_up_->now();
    cache_.buffers().give_back(std::exchange(buffer_, {}));
    // Not the stream: this may be a call from within it.
    if (const auto call = std::exchange(ended_, nullptr)) call();
}

}  // namespace ferry::relay::content

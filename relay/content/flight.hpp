#pragma once
// Flight: one transfer on its way into an object: cuts the body into chunks as it comes, hands each to the
// object's readers and the cache, pauses when told, and says how it ended. Lives on the worker that started
// it, whoever reads.

#include "relay/content/body_source.hpp"
#include "relay/shared/content_cache.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/object.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace ferry::relay::content {

/// Threads: the worker's; what other threads call only posts. Lifetime: kept by its Fetcher until it has
/// ended.
class Flight final : public BodySink, public std::enable_shared_from_this<Flight> {
  public:
    /// `ended`: called once, when nothing more will happen; may let go of this object.
    Flight(boost::asio::io_context& io, ContentCache& cache, ContentCounters& counters,
           std::shared_ptr<Object> object, Launch launch, std::function<void()> ended);
    ~Flight();
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    /// The object's readers can resume and cancel it from now on.
    void enter();

    const ChunkSpan& span() const { return launch_.span; }
    const std::shared_ptr<Object>& object() const { return object_; }
    const std::shared_ptr<GiveUp>& give_up() const { return give_up_; }
    bool over() const { return over_; }

    /// Takes the body that `stream` brings. `bytes`: how many were announced.
    void fly(std::unique_ptr<SourceStream> stream, std::optional<std::uint64_t> bytes);

    /// No body is to be had. "origin_changed" breaks the object off.
    void fail(base::Error error);

    /// The worker stops.
    void stop();

    Taken take(base::ByteView bytes) override;
    void end(base::Result<void> outcome) override;

  private:
    void resume();
    void cancel();
    /// Hands over the chunk in the buffer. False: stop.
    bool seal();
    /// What came is what was announced. Errors: "origin_truncated", "origin_length".
    base::Result<void> check_length() const;
    void land();
    void finish();

    boost::asio::io_context& io_;
    ContentCache& cache_;
    ContentCounters& counters_;
    std::shared_ptr<Object> object_;
    Launch launch_;
    std::function<void()> ended_;
    std::shared_ptr<GiveUp> give_up_ = std::make_shared<GiveUp>();
    std::unique_ptr<SourceStream> stream_;
    std::optional<std::uint64_t> announced_;
    std::uint64_t received_ = 0;
    std::uint64_t index_;
    base::Bytes buffer_;
    std::optional<base::Error> broken_;  // why we stopped taking
    bool paused_ = false;
    bool over_ = false;
};

}  // namespace ferry::relay::content

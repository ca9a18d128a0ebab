#pragma once
// Fetcher: a worker's flights: starts them, keeps them until they end, ends them when the worker stops. What
// to fetch is decided by objects and by those who open bodies.

#include "relay/content/body_source.hpp"
#include "relay/content/flight.hpp"
#include "relay/content/outgoing.hpp"
#include "relay/shared/content_cache.hpp"
#include "relay/shared/content_counters.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <unordered_set>
#include <utility>

namespace ferry::relay::content {

/// What it takes to ask for one object again. Shared by the readers of a stream and its flights; never
/// changes.
struct Errand {
    base::Url url;
    Outgoing outgoing;

    /// All fields to send, conditions and ranges apart.
    ferry::content::Headers fields() const;
};

/// Threads: the worker's. Lifetime: held by shared pointers, because coroutines that were started outlast the
/// ContentSource.
class Fetcher : public std::enable_shared_from_this<Fetcher> {
  public:
    /// `cache` and `counters` outlive it.
    Fetcher(boost::asio::io_context& io, ContentCache& cache, ContentCounters& counters,
            std::unique_ptr<BodySource> source, std::function<base::Time()> now);

    /// Asks the source for what `launch` says and brings it to the object.
    void start(std::shared_ptr<Object> object, Launch launch, std::shared_ptr<const Errand> errand);

    /// The body of a first answer is on its way to the object already.
    void take_over(std::shared_ptr<Object> object, Launch launch, std::unique_ptr<SourceStream> stream,
                   std::optional<std::uint64_t> bytes);

    /// Reads a short body that nobody wants to its end, so that the connection can be used again; ends the
    /// transfer if it is long.
    void drain(std::unique_ptr<SourceStream> stream);

    void stop();

    boost::asio::io_context& io() { return io_; }
    ContentCache& cache() { return cache_; }
    ContentCounters& counters() { return counters_; }
    BodySource& source() { return *source_; }
    base::Time now() const { return now_(); }

  private:
    class Drain;

    std::shared_ptr<Flight> enter(std::shared_ptr<Object> object, Launch launch);

    boost::asio::io_context& io_;
    ContentCache& cache_;
    ContentCounters& counters_;
    std::unique_ptr<BodySource> source_;  // before the flights, which use it
    std::function<base::Time()> now_;
    std::unordered_set<std::shared_ptr<Flight>> flights_;
    std::unordered_set<std::shared_ptr<Drain>> drains_;
};

}  // namespace ferry::relay::content

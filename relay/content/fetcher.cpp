#include "relay/content/fetcher.hpp"

#include "relay/content/answer.hpp"
#include "relay/content/validator.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace ferry::relay::content {

namespace asio = boost::asio;

namespace {

/// More than a redirect's page; less than what a new connection costs.
constexpr std::uint64_t kWorthDraining = 64 * 1024;

std::optional<ByteRange> range_of(const ChunkSpan& span) {
    if (span.end == kNoEnd) return std::nullopt;
    return ByteRange::of_chunks(span.first, span.end - span.first);
}

/// One flight from its request to the start of its body. All arguments are held by the coroutine.
asio::awaitable<void> bring(std::shared_ptr<Fetcher> fetcher, std::shared_ptr<Flight> flight,
                            std::shared_ptr<const Errand> errand) {
    const auto known = flight->object()->head();
    const auto range = range_of(flight->span());
    SourceRequest request;
    request.url = errand->url;
    request.fields = errand->fields();
    request.give_up = flight->give_up();
    if (range) {
        request.fields.push_back({"range", range->to_string()});
        request.fields.push_back({"if-range", if_range_of(known->validator)});
    }
    auto asking = fetcher->source().ask(std::move(request));
    auto stream = co_await std::move(asking);
    if (flight->over()) co_return;
    if (!stream) co_return flight->fail(std::move(stream).error());
    const auto bytes = read_next_answer((*stream)->head(), *known, range);
    if (!bytes) co_return flight->fail(bytes.error());
    flight->fly(std::move(*stream), *bytes);
}

}  // namespace

ferry::content::Headers Errand::fields() const {
    auto all = outgoing.fields;
    all.insert(all.end(), outgoing.own.begin(), outgoing.own.end());
    return all;
}

/// Reads what nobody wants.
class Fetcher::Drain final : public BodySink {
  public:
    Drain(std::unique_ptr<SourceStream> stream, std::function<void()> ended)
        : stream_(std::move(stream)), ended_(std::move(ended)) {}
    void begin() { stream_->deliver_to(*this); }

    Taken take(base::ByteView bytes) override {
        received_ += bytes.size();
        return received_ <= kWorthDraining ? Taken::all : Taken::stop;
    }
    void end(base::Result<void> /*outcome*/) override {
        if (const auto call = std::exchange(ended_, nullptr)) call();
    }

  private:
    std::unique_ptr<SourceStream> stream_;
    std::function<void()> ended_;
    std::uint64_t received_ = 0;
};

Fetcher::Fetcher(asio::io_context& io, ContentCache& cache, ContentCounters& counters,
                 std::unique_ptr<BodySource> source, std::function<base::Time()> now)
    : io_(io), cache_(cache), counters_(counters), source_(std::move(source)), now_(std::move(now)) {}

std::shared_ptr<Flight> Fetcher::enter(std::shared_ptr<Object> object, Launch launch) {
    auto number = std::make_shared<std::weak_ptr<Flight>>();
    // Let go of later: the call comes from within the flight.
    auto ended = [weak = weak_from_this(), number] {
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->io_, [weak, number] {
            if (const auto fetcher = weak.lock()) fetcher->flights_.erase(number->lock());
        });
    };
    auto flight =
        std::make_shared<Flight>(io_, cache_, counters_, std::move(object), launch, std::move(ended));
    *number = flight;
    flights_.insert(flight);
    flight->enter();
    return flight;
}

void Fetcher::start(std::shared_ptr<Object> object, Launch launch, std::shared_ptr<const Errand> errand) {
    auto flight = enter(std::move(object), launch);
    auto bringing = bring(shared_from_this(), std::move(flight), std::move(errand));
    asio::co_spawn(io_, std::move(bringing), asio::detached);
}

void Fetcher::take_over(std::shared_ptr<Object> object, Launch launch, std::unique_ptr<SourceStream> stream,
                        std::optional<std::uint64_t> bytes) {
    enter(std::move(object), launch)->fly(std::move(stream), bytes);
}

void Fetcher::drain(std::unique_ptr<SourceStream> stream) {
    const auto length = stream->head().content_length;
    if (length && *length > kWorthDraining) return;
    auto number = std::make_shared<std::weak_ptr<Drain>>();
    auto ended = [weak = weak_from_this(), number] {
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->io_, [weak, number] {
            if (const auto fetcher = weak.lock()) fetcher->drains_.erase(number->lock());
        });
    };
    const auto drain = std::make_shared<Drain>(std::move(stream), std::move(ended));
    *number = drain;
    drains_.insert(drain);
    drain->begin();
}

void Fetcher::stop() {
    source_->stop();
    const std::vector<std::shared_ptr<Flight>> flights(flights_.begin(), flights_.end());
    for (const auto& flight : flights)
        flight->stop();
    flights_.clear();
    drains_.clear();
}

}  // namespace ferry::relay::content

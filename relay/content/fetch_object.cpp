#include "relay/content/fetch_object.hpp"

#include "relay/content/answer.hpp"
#include "relay/content/storable.hpp"
#include "relay/content/validator.hpp"
#include "relay/content/vary.hpp"

#include <algorithm>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::Result;
using ferry::content::find_header;

namespace {

constexpr std::uint16_t kNotModified = 304;

ByteRange first_run(const ChunkSpan& span, std::uint64_t run_chunks) {
    const auto wanted = std::max<std::uint64_t>(span.end - std::min(span.first, span.end), 1);
    return ByteRange::of_chunks(span.first, std::min(wanted, run_chunks));
}

SourceRequest request_for(const Errand& errand, const Wish& wish, const Object* stale,
                          std::optional<ByteRange> range) {
    SourceRequest request;
    request.method = wish.head_only ? "HEAD" : "GET";
    request.url = errand.url;
    request.fields = errand.fields();
    if (stale != nullptr) add_conditions(stale->head()->headers, request.fields);
    if (!range) return request;
    request.fields.push_back({"range", range->to_string()});
    const auto if_range = if_range_of(wish.if_validator);
    if (stale == nullptr && !if_range.empty()) request.fields.push_back({"if-range", if_range});
    return request;
}

/// The 304 is about the object that is stored.
bool confirms(const ResponseHead& response, const Object& stale) {
    if (response.status != kNotModified) return false;
    const auto stored = stale.head();
    const auto came = find_header(response.headers, "etag");
    const auto had = find_header(stored->headers, "etag");
    return !came || !had || *came == *had;
}

/// A request that can have its answer in one part of the body asks for it; a whole object of unknown length
/// is one, too.
struct Asked {
    std::unique_ptr<SourceStream> stream;
    FirstAnswer answer;
};

std::optional<CachePlace> place_for(const Errand& errand, const ObjectHead& head) {
    const auto& sent = errand.outgoing.fields;
    const auto remaining = head.expires_at - head.fetched_at;
    if (!errand.outgoing.shareable || !is_storable(sent, head.status, head.headers, remaining))
        return std::nullopt;
    return CachePlace{errand.outgoing.key_for(errand.url), selecting_fields(head.headers, sent)};
}

Found confirm(Fetcher& fetcher, std::shared_ptr<Object> stale, const ResponseHead& response,
              const Wish& wish) {
    stale->refresh(confirmed(*stale->head(), response));
    fetcher.cache().save_head(*stale);
    ContentCounters::add(fetcher.counters().opened_revalidated);
    return Found(Seat(std::move(stale), wish.span), true);
}

Result<Found> make_object(Fetcher& fetcher, const Errand& errand, const Wish& wish, bool share, Asked asked) {
    auto& [stream, answer] = asked;
    const bool whole = answer.span.end == kNoEnd;
    if (whole && !wish.head_only && wish.span.first > fetcher.cache().limits().object.skip_chunks &&
        answer.head.status == 200) {
        return fail(base::refusal("origin_no_ranges",
                                  "the origin cannot start so far into the body; ask from chunk 0"));
    }
    // Nobody is shown the body of a redirect.
    if (!redirect_target(answer.head).empty()) answer.bytes = answer.head.length = 0;
    auto place = share && !wish.head_only ? place_for(errand, answer.head) : std::nullopt;
    auto object = fetcher.cache().make_object(std::move(answer.head), std::move(place));
    Found found(Seat(object, wish.span), false);
    ContentCounters::add(fetcher.counters().opened_fetched);
    const bool has_body = !wish.head_only && answer.bytes != 0;
    const Launch launch{has_body ? object->launch(answer.span) : FlightId{0}, answer.span};
    // Before its first chunk can come: whoever waits for this answer joins the readers in time.
    if (object->shared()) fetcher.cache().publish(object);
    if (has_body) {
        fetcher.take_over(std::move(object), launch, std::move(stream), answer.bytes);
    } else {
        fetcher.drain(std::move(stream));
    }
    return found;
}

}  // namespace

asio::awaitable<Result<Found>> fetch_object(std::shared_ptr<Fetcher> fetcher,
                                            std::shared_ptr<const Errand> errand, Wish wish,
                                            std::shared_ptr<Object> stale, bool share) {
    std::optional<ByteRange> range;
    if (!wish.head_only) range = first_run(wish.span, fetcher->cache().limits().object.run_chunks);
    for (;;) {
        auto request = request_for(*errand, wish, stale.get(), range);
        auto asking = fetcher->source().ask(std::move(request));
        auto stream = co_await std::move(asking);
        if (!stream) co_return fail(std::move(stream).error());
        const ResponseHead response = (*stream)->head();

        if (stale && response.status == kNotModified) {
            fetcher->drain(std::move(*stream));
            if (confirms(response, *stale)) co_return confirm(*fetcher, std::move(stale), response, wish);
            stale.reset();
            continue;
        }
        auto answer = read_first_answer(response, range);
        if (!answer) co_return fail(std::move(answer).error());
        if (answer->ask_whole) {
            range.reset();
            continue;
        }
        // The stored object is another one now; after a server's failure it may still be the same.
        if (stale && response.status < 500) fetcher->cache().forget(*stale);
        Asked asked{std::move(*stream), std::move(*answer)};
        co_return make_object(*fetcher, *errand, wish, share, std::move(asked));
    }
}

}  // namespace ferry::relay::content

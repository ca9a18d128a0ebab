#include "relay/content/content_source.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/content/answer.hpp"
#include "relay/content/describe_head.hpp"
#include "relay/content/find_object.hpp"
#include "relay/content/object_body.hpp"
#include "relay/content/origin_source.hpp"
#include "relay/content/root_body.hpp"
#include "relay/content/validator.hpp"

#include <algorithm>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::refusal;
using base::Result;

namespace {

constexpr std::uint64_t kMaxPeekedChunks = 4096;

ChunkSpan span_of(const FetchRequest& request) {
    const auto room = ferry::content::kMaxChunks - request.first_chunk;
    if (request.chunk_count >= room) return {request.first_chunk, kNoEnd};
    return {request.first_chunk, request.first_chunk + request.chunk_count};
}

Result<void> check(const FetchRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") {
        return fail(refusal("method_not_allowed", "fetch mode carries GET and HEAD only; use a tunnel"));
    }
    if (request.first_chunk >= ferry::content::kMaxChunks) {
        return fail(refusal("chunk_beyond_end", "no body has that many chunks"));
    }
    return {};
}

/// What this client asked for fits the object that was found.
Result<void> check(const FetchRequest& request, const Head& head) {
    if (!request.if_validator.empty() && (head.status < 200 || head.status > 299)) {
        // An error page says nothing about the object, and the client has paid for a part of it.
        return fail(base::environment("origin_status", "the origin answers with status " + std::to_string(head.status) +
                                                           " to the rest of this object; fetch again with resume later"));
    }
    if (!request.if_validator.empty() && request.if_validator != head.validator) {
        return fail(
            refusal("object_changed", "the object is another one than the client has a part of; start anew"));
    }
    const bool beyond = head.length && request.first_chunk > 0 &&
                        request.first_chunk >= ferry::content::chunk_count(*head.length);
    if (beyond && head.status == 200)
        return fail(refusal("chunk_beyond_end", "the body ends before the first chunk that was asked for"));
    return {};
}

/// Where redirects led.
struct Followed {
    Followed() = default;
    Followed(std::shared_ptr<const Errand> last_errand, Found at_the_end)
        : errand(std::move(last_errand)), found(std::move(at_the_end)) {}

    std::shared_ptr<const Errand> errand;
    Found found;
};

/// Follows so many redirects, or none and takes what comes; each step is checked and cached by itself.
asio::awaitable<Result<Followed>> follow(std::shared_ptr<Fetcher> fetcher, const exit::ExitPolicy& policy,
                                         std::shared_ptr<Errand> errand, Wish wish, std::optional<int> redirects) {
    for (int step = 0;; ++step) {
        // What lies in the cache is not served either when the policy has come to refuse it.
        if (auto allowed = policy.check_url(errand->url); !allowed)
            co_return fail(std::move(allowed).error());
        auto finding = find_object(fetcher, errand, wish);
        auto found = co_await std::move(finding);
        if (!found) co_return fail(std::move(found).error());
        const auto location = redirect_target(*found->seat.object()->head());
        if (location.empty() || !redirects) co_return Followed(std::move(errand), std::move(*found));

        if (step == *redirects)
            co_return fail(refusal("origin_redirects",
                                   "the origin redirects too often; no more than 5 times is followed"));
        auto next = errand->url.resolve(location);
        if (!next) co_return fail(std::move(next).error());
        ContentCounters::add(fetcher->counters().redirects);
        errand = std::make_shared<Errand>(*errand);
        errand->url = std::move(*next);
        errand->outgoing.drop_credentials();
    }
}

}  // namespace

struct ContentSource::Parts {
    SharedContent shared;
    OriginSettings settings;
    std::shared_ptr<Fetcher> fetcher;
};

ContentSource::ContentSource(asio::io_context& io, SharedContent shared, exit::Resolver& resolver,
                             OriginSettings settings, ContentCounters& counters) {
    auto origin =
        std::make_unique<OriginSource>(io, shared.policy, resolver, shared.hosts, settings, counters);
    auto now = origin->settings().now;
    auto fetcher = std::make_shared<Fetcher>(io, shared.cache, counters, std::move(origin), std::move(now));
    parts_.reset(new Parts{shared, std::move(settings), std::move(fetcher)});
}

ContentSource::~ContentSource() {
    stop();
}

void ContentSource::stop() {
    parts_->fetcher->stop();
}

asio::awaitable<Result<std::unique_ptr<OpenBody>>> ContentSource::open(FetchRequest request) {
    // Held here: the source may be destroyed while this waits.
    const auto fetcher = parts_->fetcher;
    const auto& policy = parts_->shared.policy;
    if (auto valid = check(request); !valid) co_return fail(std::move(valid).error());
    if (request.root) co_return open_by_root(fetcher, request, span_of(request));
    auto errand = std::make_shared<Errand>();
    errand->url = request.url;
    errand->outgoing = outgoing_of(request.headers, parts_->settings.user_agent, parts_->settings.via);
    Wish wish;
    wish.head_only = request.method == "HEAD";
    wish.span = span_of(request);
    wish.if_validator = request.if_validator;

    const auto redirects = request.follow_redirects ? std::optional(parts_->settings.limits.redirects) : std::nullopt;
    auto following = follow(fetcher, policy, errand, wish, redirects);
    auto found = co_await std::move(following);
    if (!found) {
        ContentCounters::add(fetcher->counters().open_failed);
        co_return fail(std::move(found).error());
    }
    const auto now = fetcher->now();
    auto head = describe_head(*found->found.seat.object(), now, found->found.from_cache);
    if (auto fits = check(request, head); !fits) co_return fail(std::move(fits).error());
    const bool has_it = head.status == 200 && client_has_it(request.headers, head.headers, now);
    if (has_it) head = not_modified(std::move(head));
    const bool bodiless = wish.head_only || has_it;
    std::unique_ptr<OpenBody> body = std::make_unique<ObjectBody>(
        fetcher, found->errand, std::move(found->found.seat), std::move(head), bodiless);
    co_return body;
}

std::shared_ptr<Object> ContentSource::peeked(const FetchRequest& request) const {
    auto& cache = parts_->shared.cache;
    if (request.root) return find_by_root(cache, *request.root, span_of(request));
    const auto outgoing = outgoing_of(request.headers, parts_->settings.user_agent, parts_->settings.via);
    return outgoing.shareable ? cache.find(outgoing.key_for(request.url), outgoing.fields) : nullptr;
}

Known ContentSource::peek(const FetchRequest& request) const {
    Known known;
    auto& cache = parts_->shared.cache;
    const auto object = peeked(request);
    if (!object) return known;
    known.length = object->head()->length;
    const auto count = known.length ? ferry::content::chunk_count(*known.length) : kMaxPeekedChunks;
    const auto end = std::min({count, span_of(request).end, request.first_chunk + kMaxPeekedChunks});
    for (auto index = request.first_chunk; index < end; ++index) {
        if (!cache.holds(*object, index)) continue;
        known.held_bytes += known.length ? ferry::content::chunk_size(base::ChunkIndex{index}, *known.length)
                                         : ferry::content::kChunkBytes;
    }
    return known;
}

}  // namespace ferry::relay::content

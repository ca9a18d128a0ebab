#pragma once
// ContentSource: where a worker gets content: the shared cache, and behind it a BodySource (the origin). One
// per worker. It follows redirects, keeps RFC 9111 and lets many readers share one fetch; it knows nothing of
// prices or connections to clients.

#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "relay/content/fetch_request.hpp"
#include "relay/content/open_body.hpp"
#include "relay/content/origin_settings.hpp"
#include "relay/exit/exit_policy.hpp"
#include "relay/exit/resolver.hpp"
#include "relay/shared/content_cache.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/host_slots.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace ferry::relay::content {

/// What all workers' sources share. Lifetime: outlives them.
struct SharedContent {
    ContentCache& cache;
    HostSlots& hosts;
    const exit::ExitPolicy& policy;
};

/// Threads: the one that runs `io`. Lifetime: destroy it before `io`'s io_context and after every OpenBody;
/// stop() first.
class ContentSource {
  public:
    /// `resolver` belongs to the same worker and outlives the source. `counters` too.
    ContentSource(boost::asio::io_context& io, SharedContent shared, exit::Resolver& resolver,
                  OriginSettings settings, ContentCounters& counters);
    ~ContentSource();
    ContentSource(const ContentSource&) = delete;
    ContentSource& operator=(const ContentSource&) = delete;

    /// Asked by root, only the cache is looked at: see open_by_root().
    /// Finds or fetches the head of the response. Any HTTP status is a success; a redirect is followed.
    /// Errors: refusal "object_changed" (if_validator no longer names the object), "chunk_beyond_end",
    /// "method_not_allowed", "origin_no_ranges" (the origin cannot start so far into the body) and those of
    /// the exit policy; peer_fault "origin_redirects" (more than five, or to something that is no http(s)
    /// URL), "origin_headers" (too large, too many or malformed), "origin_range", "origin_length",
    /// "origin_protocol"; environment "origin_unreachable", "origin_timeout", "origin_tls", "origin_busy",
    /// and those of the resolver.
    boost::asio::awaitable<base::Result<std::unique_ptr<OpenBody>>> open(FetchRequest request);

    /// What the cache knows, fresh or not. Asks nobody, does not block.
    Known peek(const FetchRequest& request) const;

    /// Ends every transfer; bodies that are open get "origin_stopped". After it nothing of this source is
    /// left on the io_context.
    void stop();

  private:
    std::shared_ptr<Object> peeked(const FetchRequest& request) const;

    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace ferry::relay::content

#pragma once
// OpenBody: one response on its way to one client: its head, then its chunks in the order in which the stream
// asks. Made by ContentSource, read by relay/serve. It knows no prices; it tells whether a chunk is at hand.

#include "pricing/quote.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"
#include "relay/shared/chunk.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ferry::relay::content {

/// What is known of a response. Fit for a Manifest as it stands.
struct Head {
    std::uint16_t status = 0;
    ferry::content::Headers headers;  ///< end-to-end only, lower-case names; Content-Length only when known
    std::optional<std::uint64_t> length;  ///< of the whole body; for HEAD what GET would give
    std::string validator;    ///< strong ETag, else Last-Modified + "/" + length, else empty: not resumable
    base::Time fetched_at;    ///< when the origin sent or last confirmed it
    base::Time expires_at;    ///< not before fetched_at
    bool from_cache = false;  ///< the origin was not asked for this request, or only confirmed
    base::Hash256 root;       ///< zero unless every chunk hash is known
    std::vector<base::Hash256> chunk_hashes;  ///< of all chunks, or none
};

struct ServedChunk {
    ChunkPtr chunk;                                            ///< null: the body ended before this chunk
    pricing::ChunkSource source = pricing::ChunkSource::miss;  ///< hit: it was held when it was asked for
};

/// Threads: the worker's. Lifetime: destroy it before its ContentSource; it cancels what only it needed.
/// chunk() must not be running then.
class OpenBody {
  public:
    OpenBody() = default;
    OpenBody(const OpenBody&) = delete;
    OpenBody& operator=(const OpenBody&) = delete;
    virtual ~OpenBody() = default;

    /// As known when the response began.
    virtual const Head& head() const = 0;

    /// As known now: after the end of a streamed body with length, hashes and root (as far as this relay has
    /// seen all chunks).
    virtual Head final_head() const = 0;

    /// The chunk is in memory or on disk now, so serving it asks nothing of the origin.
    virtual bool held(base::ChunkIndex index) const = 0;

    /// Hash of a chunk that chunk() gave, or of any other that is known; zero otherwise.
    virtual base::Hash256 hash_of(base::ChunkIndex index) const = 0;

    /// Waits for the chunk; asks the origin if it must. One call at a time; meant to be asked in rising order
    /// within the request's range. Errors: peer_fault "origin_changed" (it is another object now),
    /// "origin_truncated", "origin_length", "origin_range"; environment "origin_unreachable",
    /// "origin_timeout", "origin_tls", "origin_status", "origin_busy"; refusal "origin_no_ranges" and the
    /// refusals of the exit policy.
    virtual boost::asio::awaitable<base::Result<ServedChunk>> chunk(base::ChunkIndex index) = 0;
};

}  // namespace ferry::relay::content

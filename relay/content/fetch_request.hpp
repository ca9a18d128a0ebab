#pragma once
// FetchRequest: what a stream asks of the relay's content: one URL, a range of chunks, and the object the
// client already has a part of.

#include "protocol/base/bytes.hpp"
#include "protocol/base/url.hpp"
#include "protocol/content/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ferry::relay::content {

struct FetchRequest {
    std::string method = "GET";  ///< GET or HEAD
    base::Url url;
    std::optional<base::Hash256> root;  ///< asked for by content: from the cache or not at all; then `url` is empty
    ferry::content::Headers headers;  ///< end-to-end request fields, lower-case names; what must not reach an
                                      ///< origin is left out here
    bool follow_redirects = true;  ///< else a redirect is the response, without its body
    std::uint64_t first_chunk = 0;
    std::uint64_t chunk_count = UINT64_MAX;  ///< UINT64_MAX: to the end
    std::string if_validator;  ///< resume: Head::validator of the object the client has; empty otherwise
};

/// What the cache knows of an object without asking anybody: for the estimate in a quote.
struct Known {
    std::optional<std::uint64_t> length;
    std::uint64_t held_bytes = 0;  ///< of the requested chunks, in memory or on disk
};

}  // namespace ferry::relay::content

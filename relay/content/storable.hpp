#pragma once
// May a shared cache store this response? A question about one request and one response, answered without a
// clock or a cache.

#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"

#include <cstdint>

namespace ferry::relay::content {

/// Whether requests like this one may share an answer at all: no Authorization, no Cookie, no no-store.
bool is_shareable_request(const ferry::content::Headers& sent);

/// Source: RFC 9111 section 3, and stricter: never with Set-Cookie; never with Authorization or Cookie on the
/// request, whatever the response says; nothing that could not be served later, because it is neither fresh
/// nor has a validator. `remaining`: freshness left.
bool is_storable(const ferry::content::Headers& sent, std::uint16_t status,
                 const ferry::content::Headers& response, base::Duration remaining);

}  // namespace ferry::relay::content

#pragma once
// Outgoing: what of a client's request goes to the origin, and the key under which the answer may be shared.
// The poisoning guard: a field that reaches the origin is either negotiation (shared by Vary), or part of the
// key, or makes the answer private.

#include "protocol/base/url.hpp"
#include "protocol/content/manifest.hpp"
#include "relay/content/cache_control.hpp"
#include "relay/shared/object_key.hpp"

#include <string>
#include <string_view>

namespace ferry::relay::content {

struct Outgoing {
    ferry::content::Headers fields;  ///< of the client, to be sent; lower-case names
    ferry::content::Headers own;     ///< the relay's own: user-agent, via
    CacheControl control;            ///< of the client's request
    bool shareable = true;           ///< false: the answer belongs to this client alone

    /// After a redirect: what was meant for the first origin only does not go to the next.
    void drop_credentials();
    /// Of GET for this URL with the keyed fields. HEAD uses the same.
    UrlKey key_for(const base::Url& url) const;
};

/// Left out of `request`: hop-by-hop fields and those that Connection names; whatever tells who the client is
/// or how it came (Forwarded, X-Forwarded-*, Via, Client-IP …); ranges and conditions, which the relay makes
/// itself; noise of browsers (Sec-*, Referer …).
Outgoing outgoing_of(const ferry::content::Headers& request, std::string_view user_agent,
                     std::string_view via);

}  // namespace ferry::relay::content

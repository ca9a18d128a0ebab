#pragma once
// The two ways in which a request in absolute form leaves the proxy: as a head for a tunnel to its origin, or as the fields of a fetch.

#include <string>

#include "client/front/http_request.hpp"
#include "protocol/base/result.hpp"
#include "protocol/content/manifest.hpp"

namespace ferry::client {

/// The head as its origin is to read it: target in origin form, Host from the target, without what belongs to the connection to the proxy
/// (RFC 9110 section 7.6.1), "Connection: close" or, when an upgrade is asked for, "Connection: Upgrade". Transfer-Encoding and Expect stay,
/// because body and answer pass as they are; so does the version, since the answer's framing must suit the app. There is no Via: to the
/// origin this is the app's own connection. `head` is of absolute form.
std::string origin_request_head(const HttpRequestHead& head);

/// What a fetch asks with: lower-case names, without what belongs to a connection, a route, a body or a range, and without conditions: the
/// fetch sets those itself. Errors: refusal "http_too_many_fields", "http_head_too_large" (above what a request to a relay may hold).
base::Result<content::Headers> fetch_headers(const HttpRequestHead& head);

}  // namespace ferry::client

#pragma once
// The proxy's own answers when a request does not go through: a complete response with a page that says why and what to do.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::client {

/// A complete response of HTTP/1.1, also to CONNECT and to what could not be read as a request; the connection is to be closed after it.
/// Code and message may be a relay's: they are made printable, bounded and escaped. `is_head`: an answer to HEAD has no body.
/// Fields: Ferry-Error (the code), Cache-Control: no-store, and with 407 Proxy-Authenticate: Basic.
std::string http_refusal(const base::Error& error, bool is_head = false);

}  // namespace ferry::client

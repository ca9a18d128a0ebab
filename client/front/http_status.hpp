#pragma once
// HTTP statuses of the proxy's own answers: which one an error gets, and what a status is called.

#include <cstdint>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::client {

/// By the error's code: 400, 414, 431, 501, 505 for a bad request, 407 for a password, 402 for money, 403 for a relay's exit policy, 405 for
/// a method, 503 when no relay can be had, 504 for what did not answer in time, 500 for a bug, and 502 for all else that relay or origin
/// did.
std::uint16_t http_status_of(const base::Error& error);

/// "Not Found"; empty for a status that is not registered. Source: RFC 9110 section 15.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace ferry::client

#pragma once
// The relay's plain HTTP on its public port: the abuse notice with the operator's contact, /healthz, the relay's descriptor, and the ledger API for
// other relays (POST /ledger/v1/METHOD, docs/ledger.md). Everything else is told where to look.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>

#include "relay/serve/tls_stream.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

class Worker;

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;

inline constexpr std::uint32_t kMaxEdgeHeaderBytes = 16 * 1024;      ///< browsers send about 2 KiB
inline constexpr std::uint64_t kMaxEdgeBodyBytes = 256 * 1024;       ///< a ledger call with 50 claim rows is about 40 KiB

/// Answers and flushes. False when the connection is of no more use.
boost::asio::awaitable<bool> answer_http(Worker& worker, TlsStream& stream, HttpRequest request);

/// The page for `/`: what this machine does, that it is not the source of content, whom to write to. HTML, self-contained.
std::string make_front_page(const RelaySettings& settings, const std::string& relay_address);

}  // namespace ferry::relay

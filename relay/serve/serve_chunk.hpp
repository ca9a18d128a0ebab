#pragma once
// serve_chunk: one chunk's way through the relay: price → credit → content → room → charge → send. The function to read first. For a witness
// request the same, but only the chunk's hash is sent.

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "relay/content/content_source.hpp"
#include "relay/serve/sale.hpp"

namespace ferry::relay {

/// Gives the hash of the chunk that was sent; nullopt when the body ended before it.
boost::asio::awaitable<base::Result<std::optional<base::Hash256>>> serve_chunk(Sale& sale, content::OpenBody& body, base::ChunkIndex index);

}  // namespace ferry::relay

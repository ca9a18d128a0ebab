#pragma once
// What a user may write in the place of a URL to name an object by its content. Pure.

#include <optional>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

/// "root:HEX", or "magnet:?xt=urn:btmh:1220HEX" (other parameters are ignored), where HEX is the Merkle root of the file, BitTorrent v2's
/// `pieces root`. nullopt for what names no content. Refusal "content_name" for what looks like it and is not.
base::Result<std::optional<base::Hash256>> parse_content_name(std::string_view text);

}  // namespace ferry::client

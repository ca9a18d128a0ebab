#pragma once
// What names an object by its content and not by its place: "root:" and the 64 hexadecimal digits of its Merkle root, which is BitTorrent v2's
// `pieces root` of the file. It stands where a URL does: in requests, in request_hash() and in receipts.

#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"

namespace ferry::content {

/// Canonical: lower-case digits.
std::string root_url(const base::Hash256& root);
/// nullopt when the text is not a canonical root URL. The root of nothing (zeros) is none.
std::optional<base::Hash256> root_of_url(std::string_view text);

}  // namespace ferry::content

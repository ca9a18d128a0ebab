#pragma once
// ByteRange and the fields about ranges: what the relay asks of an origin and what the origin says it sent.

#include "protocol/content/geometry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::relay::content {

/// Both ends belong to it. Invariant: first <= last.
struct ByteRange {
    std::uint64_t first = 0, last = 0;

    std::uint64_t bytes() const { return last - first + 1; }
    /// "bytes=0-262143"
    std::string to_string() const;
    /// Of `count` chunks from `first` on; count > 0, both within kMaxChunks.
    static ByteRange of_chunks(std::uint64_t first, std::uint64_t count);

    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What Content-Range says. Source: RFC 9110 section 14.4.
struct ContentRange {
    std::optional<ByteRange> range;      ///< absent: the range that was asked for cannot be had
    std::optional<std::uint64_t> total;  ///< absent: "*"

    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// nullopt unless it is "bytes first-last/total", "bytes first-last/*" or "bytes */total", with first <= last
/// < total <= 16 TiB.
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace ferry::relay::content

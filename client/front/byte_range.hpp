#pragma once
// AskedRange: the one part of a body that an app asks for. Several parts, other units and malformed ones are not served as parts: the whole
// body answers them, as HTTP allows. Source: RFC 9110 sections 13.1.5 and 14.

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/content/manifest.hpp"

namespace ferry::client {

struct AskedRange {
  std::optional<std::uint64_t> first;  ///< nullopt: the last `count` bytes
  std::optional<std::uint64_t> last;   ///< inclusive; nullopt: to the end
  std::uint64_t count = 0;
  friend bool operator==(const AskedRange&, const AskedRange&) = default;
};

/// The value of a Range field. nullopt: to be ignored. Numbers that 64 bits do not hold count as the largest.
std::optional<AskedRange> parse_range(std::string_view field_value);

/// First and last byte, both inclusive.
struct BytePart {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size() const { return last - first + 1; }
  friend bool operator==(const BytePart&, const BytePart&) = default;
};

/// nullopt: nothing of a body of `length` bytes is in the range (416).
std::optional<BytePart> resolve(const AskedRange& range, std::uint64_t length);

/// Whether a Range may be applied although the app has an If-Range: its validator is, byte for byte, the strong ETag or the Last-Modified
/// of `response`.
bool if_range_holds(std::string_view if_range, const content::Headers& response);

}  // namespace ferry::client

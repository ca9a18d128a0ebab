#pragma once
// PartialState: what is known about a half-fetched file, as lines of JSON beside it ("….ferry-state"), appended as chunks arrive. A crash can
// cut the last line short; every other line that cannot be read is left out, since each chunk is checked against its hash anyway.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"

namespace ferry::client {

struct PartialState {
  std::string url;
  std::string validator;
  std::optional<std::uint64_t> length;
  std::map<std::uint64_t, base::Hash256> chunks;
  base::Amount charged;  ///< for these chunks and fees, over all attempts

  /// Lines to append.
  static std::string line_of_url(const std::string& url);
  static std::string line_of_head(const std::string& validator, std::optional<std::uint64_t> length);
  static std::string line_of_chunk(std::uint64_t index, const base::Hash256& hash, base::Amount charge);

  /// Reads what the lines say; a later line wins.
  static PartialState parse(std::string_view text);
};

}  // namespace ferry::client

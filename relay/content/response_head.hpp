#pragma once
// ResponseHead: the status and end-to-end fields of an origin's answer, read line by line as libcurl gives
// them, with every limit. Nothing of the connection (hop-by-hop fields) is kept.

#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ferry::relay::content {

struct ResponseHead {
    std::uint16_t status = 0;
    ferry::content::Headers headers;              ///< end-to-end, lower-case names
    std::optional<std::uint64_t> content_length;  ///< of this message; absent when it is not framed by one
    base::Time asked_at, answered_at;
};

/// Feed it every header line; after complete() ignore the rest (trailers).
class HeadReader {
  public:
    HeadReader(std::size_t max_bytes, std::size_t max_count) : max_bytes_(max_bytes), max_count_(max_count) {}

    /// `line` with or without its line end. Interim answers (1xx) are read and forgotten.
    /// Errors: peer_fault "origin_headers" (too large, too many, malformed), "origin_length" (two lengths
    /// that differ).
    base::Result<void> line(std::string_view line);

    bool complete() const { return complete_; }
    /// Precondition: complete().
    const ResponseHead& head() const { return head_; }
    ResponseHead& head() { return head_; }

  private:
    base::Result<void> status_line(std::string_view line);
    base::Result<void> field(std::string_view line);
    base::Result<void> content_length(std::string_view value);
    void end_of_head();

    std::size_t max_bytes_, max_count_;
    std::size_t bytes_ = 0, count_ = 0;
    bool started_ = false, complete_ = false, chunked_ = false;
    ResponseHead head_;
};

}  // namespace ferry::relay::content

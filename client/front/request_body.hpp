#pragma once
// RequestBody: where the body of a request ends. The bytes themselves pass through unchanged, chunk sizes and trailers too; only what
// follows them is kept for the next request. Source: RFC 9112 sections 6 and 7.1.

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/front/http_request.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

class RequestBody {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 16 * 1024;  ///< of all chunks of a body together; hardly anybody sends any
  static constexpr std::size_t kMaxTrailerBytes = 8 * 1024;     ///< a checksum or two

  explicit RequestBody(const HttpRequestHead& head);

  /// How many bytes at the front of `bytes` belong to the body: all, unless it ends before. Errors: peer_fault "http_chunk",
  /// "http_chunk_extensions", "http_trailers", and those of parse_field(); the connection is then of no more use.
  base::Result<std::size_t> take(base::ByteView bytes);
  bool is_done() const { return state_ == State::done; }

 private:
  enum class State { data, done, size_start, size, extension, size_end, chunk, chunk_cr, chunk_lf, trailer, trailer_end };

  std::size_t pass(std::size_t available);
  base::Result<void> read_framing(char c);
  base::Result<void> read_size(char c);
  base::Result<void> read_extension(char c);
  base::Result<void> read_trailer(char c);
  base::Result<void> expect(char c, char wanted, State next);

  State state_ = State::done;
  std::uint64_t left_ = 0;  ///< of the body, or of the chunk
  unsigned digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string line_;
};

}  // namespace ferry::client

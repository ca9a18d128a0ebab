#pragma once
// HttpResponse: reads one HTTP/1.1 response piece by piece and throws its body away. Used by load_https; knows Content-Length and chunked.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::bench {

class HttpResponse {
 public:
  /// Gives how many bytes of `input` were used; all of them unless the response ended. Errors: peer_fault "http" (no HTTP, not 200).
  base::Result<std::size_t> take(base::ByteView input);
  bool done() const { return step_ == Step::done; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  enum class Step { head, body, chunk_line, chunk_body, chunk_end, trailer, done };
  base::Result<void> read_line(std::string_view line);
  base::Result<void> end_of_head();

  Step step_ = Step::head;
  std::string line_;
  bool first_line_ = true;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  ///< of the body or of a chunk
  std::uint64_t body_bytes_ = 0;
};

}  // namespace ferry::bench

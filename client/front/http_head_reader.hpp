#pragma once
// HttpHeadReader: the bytes of an app's connection read as HTTP/1 request heads, strictly, in any cut. What two readers could understand in
// two ways (bare line ends, folded fields, two lengths) is refused. The bodies between the heads are RequestBody's.
// Source: RFC 9112.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "client/front/http_request.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

class HttpHeadReader {
 public:
  static constexpr std::size_t kMaxRequestLine = 16 * 1024;  ///< twice base::Url::kMaxLength: a URL that is too long gets its own answer
  static constexpr std::size_t kMaxHeadBytes = 64 * 1024;    ///< browsers' cookies need 16 KiB at times; what a manifest may have too
  static constexpr std::size_t kMaxFields = 128;             ///< browsers send about 20
  static constexpr int kMaxEmptyLines = 2;                   ///< some old apps end a body with a line end too many (RFC 9112 section 2.2)

  /// How many bytes belong to this head: all, unless it is complete before; then the rest is the body or the next request.
  /// Errors, which stay: peer_fault "http_line_end", "http_request_line", "http_version", "http_request_line_too_long",
  /// "http_head_too_large", "http_too_many_fields", "http_framing" (lengths that contradict each other), "http_content_length",
  /// "http_transfer_encoding" (other than chunked), "http_host" (none, several or an invalid one), "http_connect_body", and those of
  /// parse_field() and parse_target(). http_status_of() tells their status.
  base::Result<std::size_t> feed(base::ByteView bytes);

  bool is_complete() const { return is_complete_; }
  /// Nothing of a request has come yet: a connection that ends now ends well.
  bool is_idle() const { return !is_complete_ && head_bytes_ == 0; }
  /// The complete head; from now on the next one is read.
  HttpRequestHead take();

 private:
  base::Result<void> feed_byte(char c);
  base::Result<void> check_room(char c) const;
  base::Result<void> end_line();
  base::Result<void> read_request_line();
  base::Result<void> read_field();

  HttpRequestHead head_;
  std::string line_;  ///< with its CR once that has come
  std::size_t head_bytes_ = 0;
  int empty_lines_ = 0;
  bool has_request_line_ = false;
  bool is_complete_ = false;
  std::optional<base::Error> failed_;
};

/// What the fields of a complete head say together: Host, and how the body is framed. Errors: see HttpHeadReader.
base::Result<void> check_fields(HttpRequestHead& head);

}  // namespace ferry::client

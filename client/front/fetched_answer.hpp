#pragma once
// What an app hears of a fetched response: the head, the framing of the body and, for apps that read trailers, what it cost. The body's
// bytes are somebody else's.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "client/front/byte_range.hpp"
#include "client/front/http_request.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

struct FetchedResponse {
  std::uint16_t status = 200;
  content::Headers headers;             ///< the origin's
  std::optional<std::uint64_t> length;  ///< of the whole body
  std::optional<BytePart> part;         ///< what is sent of it, when the app asked for a part and gets it; `length` is then known
  content::VerificationLevel verification = content::VerificationLevel::relay;
};

enum class BodyFraming {
  none,         ///< HEAD, 204, 304: nothing follows the head
  counted,      ///< Content-Length bytes
  chunked,      ///< chunk_start(n), n bytes, kChunkEnd, …, last_chunk()
  until_close,  ///< HTTP/1.0 and a length that nobody knows
};

struct AnswerHead {
  std::string text;
  BodyFraming framing = BodyFraming::none;
  bool keeps_alive = false;  ///< else the connection is to be closed after the body
  bool has_trailer = false;  ///< last_chunk() is to be given the charge
};

/// The origin's fields pass but for those of its connection, its length, and what calls itself Ferry's; added are Via and
/// Ferry-Verification. A body whose length is known is counted, unless the app takes trailers: then it is chunked, since only so the charge
/// can follow it ("Trailer: Ferry-Charged"). A part of a 200 becomes 206 with Content-Range.
AnswerHead fetched_head(const HttpRequestHead& request, const FetchedResponse& response);

/// 416: nothing of a body of `length` bytes is in the range that was asked for. A complete response without body.
std::string range_refusal(const HttpRequestHead& request, std::uint64_t length);

/// The answer to CONNECT once its tunnel stands.
std::string connect_established();

/// `size` is not 0: that would end the body.
std::string chunk_start(std::size_t size);
inline constexpr const char* kChunkEnd = "\r\n";
/// With the trailer "Ferry-Charged: <BTT>" when a charge is given.
std::string last_chunk(std::optional<base::Amount> charged = std::nullopt);

}  // namespace ferry::client

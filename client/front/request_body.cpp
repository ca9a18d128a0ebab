#include "client/front/request_body.hpp"

#include <algorithm>
#include <optional>

namespace ferry::client {

namespace {

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = lower_case(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

}  // namespace

RequestBody::RequestBody(const HttpRequestHead& head) {
  if (head.is_chunked) {
    state_ = State::size_start;
  } else if (head.has_body()) {
    state_ = State::data;
    left_ = *head.content_length;
  }
}

base::Result<std::size_t> RequestBody::take(base::ByteView bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ != State::done) {
    if (state_ == State::data || state_ == State::chunk) {
      taken += pass(bytes.size() - taken);
    } else {
      FERRY_CHECK(read_framing(static_cast<char>(bytes[taken])));
      ++taken;
    }
  }
  return taken;
}

std::size_t RequestBody::pass(std::size_t available) {
  const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(left_, available));
  left_ -= passed;
  if (left_ == 0) state_ = state_ == State::data ? State::done : State::chunk_cr;
  return passed;
}

base::Result<void> RequestBody::read_framing(char c) {
  switch (state_) {
    case State::size_start:
    case State::size: return read_size(c);
    case State::extension: return read_extension(c);
    case State::size_end: return expect(c, '\n', left_ == 0 ? State::trailer : State::chunk);
    case State::chunk_cr: return expect(c, '\r', State::chunk_lf);
    case State::chunk_lf: return expect(c, '\n', State::size_start);
    case State::trailer:
    case State::trailer_end: return read_trailer(c);
    case State::data:
    case State::chunk:
    case State::done: break;
  }
  return base::fail(base::bug("request_body", "these bytes are not framing"));
}

base::Result<void> RequestBody::expect(char c, char wanted, State next) {
  if (c != wanted) return http_fault("http_chunk", "a chunk of the request's body does not end with CR and LF where its size says");
  state_ = next;
  return {};
}

base::Result<void> RequestBody::read_size(char c) {
  constexpr unsigned kMaxDigits = 15;  // 60 bits
  if (state_ == State::size_start) {
    state_ = State::size;
    digits_ = 0;
    left_ = 0;
  }
  if (const auto value = hex_value(c)) {
    if (++digits_ > kMaxDigits) return http_fault("http_chunk", "a chunk of the request's body claims a size that no body has");
    left_ = left_ << 4U | *value;
    return {};
  }
  if (digits_ == 0 || (c != ';' && c != '\r')) return http_fault("http_chunk", "the size of a chunk of the request's body is not a hexadecimal number");
  state_ = c == ';' ? State::extension : State::size_end;
  return {};
}

base::Result<void> RequestBody::read_extension(char c) {
  if (c == '\r') {
    state_ = State::size_end;
    return {};
  }
  if (++extension_bytes_ > kMaxExtensionBytes) return http_fault("http_chunk_extensions", "the chunk extensions of the request have more than 16 KiB");
  if (!is_field_value({&c, 1})) return http_fault("http_chunk_extensions", "a chunk extension of the request holds a control character");
  return {};
}

base::Result<void> RequestBody::read_trailer(char c) {
  if (++trailer_bytes_ > kMaxTrailerBytes) return http_fault("http_trailers", "the trailers of the request have more than 8 KiB");
  if (state_ == State::trailer) {
    if (c == '\n') return http_fault("http_trailers", "a trailer of the request ends without CR");
    if (c == '\r') {
      state_ = State::trailer_end;
    } else {
      line_.push_back(c);
    }
    return {};
  }
  if (c != '\n') return http_fault("http_trailers", "a trailer of the request ends without LF");
  state_ = line_.empty() ? State::done : State::trailer;
  if (!line_.empty()) FERRY_CHECK(parse_field(line_));
  line_.clear();
  return {};
}

}  // namespace ferry::client

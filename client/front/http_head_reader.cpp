#include "client/front/http_head_reader.hpp"

#include <utility>

namespace ferry::client {

namespace {

base::Unexpected not_http(const char* code, const std::string& message) {
  return base::fail(base::peer_fault(code, "the app's request is not HTTP/1 as it should be: " + message));
}

}  // namespace

base::Result<std::size_t> HttpHeadReader::feed(base::ByteView bytes) {
  if (failed_) return base::fail(*failed_);
  std::size_t consumed = 0;
  while (consumed < bytes.size() && !is_complete_) {
    const auto fed = feed_byte(static_cast<char>(bytes[consumed]));
    ++consumed;
    if (fed) continue;
    failed_ = fed.error();
    return base::fail(fed.error());
  }
  return consumed;
}

HttpRequestHead HttpHeadReader::take() {
  HttpRequestHead head = std::move(head_);
  *this = HttpHeadReader{};
  return head;
}

base::Result<void> HttpHeadReader::feed_byte(char c) {
  const bool after_cr = !line_.empty() && line_.back() == '\r';
  if (after_cr != (c == '\n')) return not_http("http_line_end", "a line ends with CR and LF, both together");
  ++head_bytes_;
  FERRY_CHECK(check_room(c));
  if (c != '\n') {
    line_.push_back(c);
    return {};
  }
  line_.pop_back();
  FERRY_CHECK(end_line());
  line_.clear();
  return {};
}

base::Result<void> HttpHeadReader::check_room(char c) const {
  const bool is_text = c != '\r' && c != '\n';
  if (!has_request_line_ && is_text && line_.size() == kMaxRequestLine) {
    return not_http("http_request_line_too_long", "its first line has more than 16 KiB; shorten the URL");
  }
  if (head_bytes_ > kMaxHeadBytes) return not_http("http_head_too_large", "its head has more than 64 KiB; most of that is often cookies, so clear them");
  return {};
}

base::Result<void> HttpHeadReader::end_line() {
  if (!has_request_line_ && line_.empty()) {
    head_bytes_ = 0;
    if (++empty_lines_ > kMaxEmptyLines) return not_http("http_request_line", "it begins with empty lines");
    return {};
  }
  if (!has_request_line_) return read_request_line();
  if (!line_.empty()) return read_field();
  FERRY_CHECK(check_fields(head_));
  is_complete_ = true;
  return {};
}

base::Result<void> HttpHeadReader::read_request_line() {
  const std::string_view line{line_};
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == last) return not_http("http_request_line", "its first line is not METHOD TARGET HTTP/1.1");
  const auto method = line.substr(0, first);
  const auto version = line.substr(last + 1);
  if (!is_token(method)) return not_http("http_request_line", "its method is not a word");
  constexpr std::string_view kVersion = "HTTP/1.";
  const bool has_version = version.size() == kVersion.size() + 1 && version.starts_with("HTTP/") && version[6] == '.';
  if (!has_version) return not_http("http_request_line", "its first line does not end with HTTP/1.1");
  const char major = version[5], minor = version.back();
  if (major < '0' || major > '9' || minor < '0' || minor > '9') return not_http("http_request_line", "its version is not a number");
  if (major != '1') return not_http("http_version", "it is of version " + std::string(version.substr(5)) + "; this proxy speaks 1.0 and 1.1");

  head_.method = method;
  head_.minor_version = minor == '0' ? 0 : 1;
  FERRY_TRY(head_.target, parse_target(method, line.substr(first + 1, last - first - 1)));
  has_request_line_ = true;
  return {};
}

base::Result<void> HttpHeadReader::read_field() {
  if (head_.fields.size() == kMaxFields) return not_http("http_too_many_fields", "it has more than 128 header fields");
  FERRY_TRY(auto field, parse_field(line_));
  head_.fields.push_back(std::move(field));
  return {};
}

}  // namespace ferry::client

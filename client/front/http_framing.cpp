// What the fields of a request say together (check_fields of http_head_reader.hpp): whoever reads them otherwise would see other requests on
// the same connection. Source: RFC 9112 sections 3.2 and 6.

#include <algorithm>

#include "client/front/http_head_reader.hpp"

namespace ferry::client {

namespace {

std::size_t count(const HttpRequestHead& head, std::string_view lower_name) {
  return static_cast<std::size_t>(
      std::count_if(head.fields.begin(), head.fields.end(), [lower_name](const HttpField& f) { return f.lower == lower_name; }));
}

/// 18 digits: no body is longer, and sums with it stay inside 64 bits.
std::optional<std::uint64_t> parse_length(std::string_view digits) {
  constexpr std::size_t kMaxDigits = 18;
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

base::Result<void> check_host(const HttpRequestHead& head) {
  constexpr std::uint16_t kHttpPort = 80;
  const auto hosts = count(head, "host");
  if (hosts > 1) return http_fault("http_host", "the request has more than one Host field");
  if (hosts == 0 && head.minor_version == 0) return {};
  if (hosts == 0) return http_fault("http_host", "a request of HTTP/1.1 needs a Host field");
  const auto host = *head.find("host");
  if (!host.empty() && !parse_destination(host, kHttpPort)) return http_fault("http_host", "the Host field is not host or host:port");
  return {};
}

base::Result<void> check_framing(HttpRequestHead& head) {
  const auto lengths = count(head, "content-length");
  const auto codings = count(head, "transfer-encoding");
  if (lengths > 1) return http_fault("http_framing", "the request has more than one Content-Length");
  if (lengths == 1 && codings > 0) return http_fault("http_framing", "the request has both a Content-Length and a Transfer-Encoding");
  if (codings > 0) {
    if (head.minor_version == 0) return http_fault("http_framing", "a request of HTTP/1.0 has no Transfer-Encoding");
    if (codings > 1 || !equal_ignoring_case(*head.find("transfer-encoding"), "chunked")) {
      return http_fault("http_transfer_encoding", "the request's Transfer-Encoding is not chunked, the only one that passes");
    }
    head.is_chunked = true;
  }
  if (lengths == 1) {
    head.content_length = parse_length(*head.find("content-length"));
    if (!head.content_length) return http_fault("http_content_length", "the request's Content-Length is not a number of at most 18 digits");
  }
  return {};
}

}  // namespace

base::Result<void> check_fields(HttpRequestHead& head) {
  FERRY_CHECK(check_host(head));
  FERRY_CHECK(check_framing(head));
  if (head.target.form == TargetForm::authority && head.has_body()) return http_fault("http_connect_body", "CONNECT has no body");
  return {};
}

}  // namespace ferry::client

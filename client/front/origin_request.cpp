#include "client/front/origin_request.hpp"

#include <algorithm>
#include <array>

#include "protocol/wire/limits.hpp"

namespace ferry::client {

namespace {

using std::string_view_literals::operator""sv;

template <std::size_t Size>
bool is_one_of(std::string_view name, const std::array<std::string_view, Size>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Connection must not name these away: the origin would read another request than the app wrote.
constexpr auto kFraming = std::to_array({"content-length"sv, "transfer-encoding"sv, "host"sv});
/// Which bytes come, and under which condition, is the fetch's to say.
constexpr auto kOfFetch = std::to_array({"host"sv, "content-length"sv, "expect"sv, "range"sv, "if-range"sv, "if-match"sv, "if-none-match"sv,
                                         "if-modified-since"sv, "if-unmodified-since"sv});

/// Belongs to the connection between app and proxy.
bool is_of_hop(const HttpRequestHead& head, std::string_view lower) {
  if (is_one_of(lower, kFraming)) return false;
  return content::is_hop_by_hop(lower) || lower.starts_with("proxy-") || head.has_member("connection", lower) ||
         head.has_member("proxy-connection", lower);
}

/// OPTIONS of a whole origin is "*" on the last leg. Source: RFC 9112 section 3.2.4.
std::string origin_form(const HttpRequestHead& head) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view rest = std::string_view{head.target.text}.substr(kScheme.size());
  if (head.method == "OPTIONS" && rest.find_first_of("/?") == std::string_view::npos) return "*";
  return head.target.url->path_and_query;
}

}  // namespace

std::string origin_request_head(const HttpRequestHead& head) {
  const bool upgrade = head.asks_upgrade();
  std::string out =
      head.method + " " + origin_form(head) + " HTTP/1." + std::to_string(head.minor_version) + "\r\nHost: " + head.target.url->authority() + "\r\n";
  for (const auto& field : head.fields) {
    const bool keeps = (upgrade && field.lower == "upgrade") || (!is_of_hop(head, field.lower) && field.lower != "host");
    if (keeps) out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return out + (upgrade ? "Connection: Upgrade\r\n\r\n" : "Connection: close\r\n\r\n");
}

base::Result<content::Headers> fetch_headers(const HttpRequestHead& head) {
  content::Headers headers;
  std::size_t bytes = 0;
  for (const auto& field : head.fields) {
    if (is_of_hop(head, field.lower) || field.lower == "transfer-encoding" || is_one_of(field.lower, kOfFetch)) continue;
    bytes += field.lower.size() + field.value.size();
    headers.push_back({field.lower, field.value});
  }
  if (headers.size() > wire::kMaxRequestHeaders) {
    return base::fail(base::refusal("http_too_many_fields", "the request has more header fields than a relay takes (64)"));
  }
  if (bytes > wire::kMaxRequestHeaderBytes) {
    return base::fail(base::refusal("http_head_too_large",
                                    "the request has more header bytes than a relay takes (32 KiB); most of that is often cookies, so clear them"));
  }
  return headers;
}

}  // namespace ferry::client

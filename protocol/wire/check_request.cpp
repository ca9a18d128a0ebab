#include <algorithm>
#include <string_view>

#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::wire {
namespace {

/// Source: RFC 9110, section 5.6.2.
bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character); }

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// A tab is the one control character that a field value may hold. Source: RFC 9110, section 5.5.
bool is_forbidden_in_value(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

base::Unexpected refuse(std::string message) { return base::fail(base::peer_fault("message_field", std::move(message))); }

}  // namespace

base::Result<void> check(const Request& request) {
  if (request.method.size() > kMaxMethod || !is_token(request.method)) return refuse("the method is not a token of at most 16 characters");
  if (request.url.empty() || request.url.size() > kMaxUrl) return refuse("the URL is empty or longer than 8192 bytes");
  if (request.headers.size() > kMaxRequestHeaders) return refuse("the request has more than 64 header fields");
  if (request.first_chunk > kMaxChunkIndex) return refuse("the first chunk lies behind the largest body");
  if (request.if_validator.size() > kMaxValidator) return refuse("the validator is longer than 1024 bytes");
  if (request.window > kMaxWindow) return refuse("the window is above 64 MiB");
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || std::any_of(name.begin(), name.end(), is_upper)) return refuse("a header name is not a lower-case token");
    if (std::any_of(value.begin(), value.end(), is_forbidden_in_value)) return refuse("a header value holds a control character");
    bytes += name.size() + value.size();
  }
  if (bytes > kMaxRequestHeaderBytes) return refuse("the header fields have more than 32 KiB");
  return {};
}

base::Result<void> check(const OpenTunnel& message) {
  if (message.host.empty() || message.host.size() > kMaxTunnelHost) return refuse("the tunnel's host is empty or longer than 255 bytes");
  if (message.host.find('\0') != std::string::npos) return refuse("the tunnel's host holds a NUL");
  if (message.port == 0) return refuse("the tunnel's port is 0");
  if (message.window > kMaxWindow) return refuse("the window is above 64 MiB");
  return {};
}

}  // namespace ferry::wire

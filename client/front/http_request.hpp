#pragma once
// HttpRequestHead: the head of a request that an app sent to its HTTP proxy, checked: what it asks for, of whom, and how its body is framed.
// Source: RFC 9110, RFC 9112.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/front/credentials.hpp"
#include "client/front/destination.hpp"
#include "client/front/field_text.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

enum class TargetForm {
  authority,  ///< CONNECT host:port
  absolute,   ///< http://host/…: to be fetched, or tunnelled to the origin
  origin,     ///< /…: a page of the proxy itself
  asterisk,   ///< *: OPTIONS of the proxy itself
};

struct HttpTarget {
  TargetForm form = TargetForm::origin;
  std::string text;                        ///< as it was sent
  std::optional<Destination> destination;  ///< of authority and absolute form
  std::optional<base::Url> url;            ///< of absolute form; its scheme is http
};

/// Errors: peer_fault "http_target"; refusal "http_https_target" (https:// in absolute form), "destination_port", those of base::Url and
/// base::Host.
base::Result<HttpTarget> parse_target(std::string_view method, std::string_view text);

struct HttpRequestHead {
  std::string method;
  HttpTarget target;
  int minor_version = 1;  ///< of HTTP/1; 0 or 1
  std::vector<HttpField> fields;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;

  /// First value of a field, by lower-case name. Lifetime: as long as the head.
  std::optional<std::string_view> find(std::string_view lower_name) const;
  /// Whether a comma list, in any of its fields, has this member.
  bool has_member(std::string_view lower_name, std::string_view member) const;

  bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
  /// Whether the app means to send another request on this connection; Proxy-Connection counts as Connection does, as old apps mean it.
  bool keeps_alive() const;
  /// It waits for "100 Continue" before its body.
  bool expects_continue() const;
  /// It wants another protocol on this connection, so only a tunnel will do.
  bool asks_upgrade() const { return minor_version == 1 && has_member("connection", "upgrade") && find("upgrade").has_value(); }
  /// It reads trailers.
  bool takes_trailers() const { return minor_version == 1 && has_member("te", "trailers"); }
};

/// Which app this is, by the user name of Proxy-Authorization; empty when it gave none. Errors, when `required` is set: refusal
/// "proxy_password_missing", "proxy_password_wrong".
base::Result<std::string> authorized_app(const HttpRequestHead& head, const std::optional<Credentials>& required);

}  // namespace ferry::client

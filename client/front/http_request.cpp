#include "client/front/http_request.hpp"

#include <algorithm>

namespace ferry::client {

namespace {

base::Unexpected bad_target(std::string_view text, const char* why) {
  return base::fail(base::peer_fault("http_target", "the target '" + base::printable(text, 120) + "' " + why));
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_scheme(std::string_view text, std::string_view scheme) { return equal_ignoring_case(text.substr(0, scheme.size()), scheme); }

}  // namespace

base::Result<HttpTarget> parse_target(std::string_view method, std::string_view text) {
  if (text.empty() || !is_printable(text)) return bad_target(text, "is empty or holds a byte that must be percent-encoded");
  HttpTarget target;
  target.text = text;
  if (method == "CONNECT") {
    target.form = TargetForm::authority;
    FERRY_TRY(target.destination, parse_destination(text));
    return target;
  }
  if (text == "*") {
    target.form = TargetForm::asterisk;
    if (method != "OPTIONS") return bad_target(text, "goes with OPTIONS only");
    return target;
  }
  if (text.front() == '/') return target;
  if (has_scheme(text, "https://")) {
    return base::fail(
        base::refusal("http_https_target", "https:// is not fetched in the open: use CONNECT, so that it stays encrypted to the origin"));
  }
  if (!has_scheme(text, "http://")) {
    return bad_target(text, "is no http:// URL: set this port as the app's HTTP proxy, or use SOCKS5 for what is not HTTP");
  }
  target.form = TargetForm::absolute;
  FERRY_TRY(target.url, base::Url::parse(text));
  target.destination = Destination{target.url->host, target.url->port};
  return target;
}

std::optional<std::string_view> HttpRequestHead::find(std::string_view lower_name) const {
  const auto field = std::find_if(fields.begin(), fields.end(), [lower_name](const HttpField& f) { return f.lower == lower_name; });
  if (field == fields.end()) return std::nullopt;
  return field->value;
}

bool HttpRequestHead::has_member(std::string_view lower_name, std::string_view member) const {
  return std::any_of(fields.begin(), fields.end(), [&](const HttpField& f) { return f.lower == lower_name && list_has(f.value, member); });
}

bool HttpRequestHead::keeps_alive() const {
  if (has_member("connection", "close") || has_member("proxy-connection", "close")) return false;
  return minor_version >= 1 || has_member("connection", "keep-alive") || has_member("proxy-connection", "keep-alive");
}

bool HttpRequestHead::expects_continue() const { return minor_version >= 1 && has_member("expect", "100-continue") && has_body(); }

base::Result<std::string> authorized_app(const HttpRequestHead& head, const std::optional<Credentials>& required) {
  const auto field = head.find("proxy-authorization");
  const auto given = field ? parse_basic(*field) : std::nullopt;
  if (required && !given) return base::fail(password_missing());
  if (required && !are_equal(*given, *required)) return base::fail(password_wrong());
  return given ? app_name(given->user) : std::string();
}

}  // namespace ferry::client

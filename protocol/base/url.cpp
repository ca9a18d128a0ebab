#include "protocol/base/url.hpp"

#include <algorithm>
#include <vector>

#include "protocol/base/ascii.hpp"

namespace ferry::base {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? kHttpsPort : kHttpPort; }

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lower_case(c);
  return out;
}

Unexpected refused_url(const char* code, std::string_view text, const char* why) {
  return fail(refusal(code, "'" + printable(text, 120) + "' " + why));
}

/// A backslash before the query is refused and not read as a slash, as browsers do: the two readings name different hosts.
Result<void> check_characters(std::string_view text) {
  if (text.size() > Url::kMaxLength) return fail(refusal("url_too_long", "a URL may have at most 8192 bytes"));
  const bool printable_only = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable_only || text.substr(0, text.find_first_of("?#")).find('\\') != std::string_view::npos) {
    return refused_url("url_character", text, "holds a space, a control, a backslash or a non-ASCII byte; percent-encode it");
  }
  return {};
}

/// Length of "scheme" if the text begins with one and a colon.
std::optional<std::size_t> scheme_length(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) return std::nullopt;
  const bool valid = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                                 [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return valid ? std::optional{colon} : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = std::min<std::uint32_t>(value * 10 + static_cast<std::uint32_t>(c - '0'), 65'536);
  }
  if (value == 0 || value > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

/// Percent-encodes what the URL standard encodes in a path or query. Existing escapes stay as they are.
std::string encode(std::string_view text, std::string_view reserved) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (reserved.find(c) == std::string_view::npos) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out.append(1, '%').append(1, "0123456789ABCDEF"[byte >> 4U]).append(1, "0123456789ABCDEF"[byte & 0x0fU]);
    }
  }
  return out;
}

constexpr std::string_view kPathReserved = "\"<>^`{}";
constexpr std::string_view kQueryReserved = "\"<>'";

/// "." and ".." may be spelled with %2e.
std::size_t dots_in(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool escaped = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] == 'e' || segment[2] == 'E');
    if (!escaped && segment[0] != '.') return 0;
    segment.remove_prefix(escaped ? 3 : 1);
    ++dots;
  }
  return dots;
}

/// `path` starts with '/' or is empty; the result starts with '/'.
std::string normalize_path(std::string_view path) {
  std::vector<std::string_view> kept;
  bool open_end = path.empty();
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    const std::size_t dots = dots_in(segment);
    open_end = dots == 1 || dots == 2;
    if (!open_end) kept.push_back(segment);
    if (dots == 2 && !kept.empty()) kept.pop_back();
  }
  std::string out;
  for (const std::string_view segment : kept) out.append(1, '/').append(encode(segment, kPathReserved));
  if (open_end) out += '/';
  return out;
}

std::string normalize_path_and_query(std::string_view text) {
  const std::size_t mark = text.find('?');
  std::string out = normalize_path(text.substr(0, mark));
  if (mark != std::string_view::npos) out.append(1, '?').append(encode(text.substr(mark + 1), kQueryReserved));
  return out;
}

struct Authority {
  Host host;
  std::uint16_t port;
};

Result<Authority> parse_authority(std::string_view text, std::uint16_t port) {
  if (text.find('@') != std::string_view::npos) return fail(refusal("url_userinfo", "a URL with a user name or password is not accepted"));
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  if (colon != std::string_view::npos && colon + 1 < text.size()) {
    const auto written = parse_port(text.substr(colon + 1));
    if (!written) return refused_url("url_port", text, "has a port that is not a number from 1 to 65535");
    port = *written;
  }
  FERRY_TRY(Host host, Host::parse(text.substr(0, colon)));
  return Authority{std::move(host), port};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  FERRY_CHECK(check_characters(text));
  const auto length = scheme_length(text);
  const std::string scheme = lower(text.substr(0, length.value_or(0)));
  if ((scheme != "http" && scheme != "https") || !text.substr(*length).starts_with("://")) {
    return refused_url("url_scheme", text, "must begin with http:// or https://");
  }
  text = text.substr(0, text.find('#'));
  std::string_view rest = text.substr(*length + 3);
  const std::string_view authority_text = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority_text.size());
  FERRY_TRY(Authority authority, parse_authority(authority_text, default_port(scheme)));

  Url url{scheme, std::move(authority.host), authority.port, normalize_path_and_query(rest)};
  if (url.to_string().size() > kMaxLength) return fail(refusal("url_too_long", "a URL may have at most 8192 bytes once it is encoded"));
  return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
  FERRY_CHECK(check_characters(reference));
  if (scheme_length(reference)) return parse(reference);
  if (reference.starts_with("//")) return parse(scheme + ":" + std::string{reference});

  std::string_view base = path_and_query;
  if (!reference.empty() && reference.front() != '#') base = base.substr(0, base.find('?'));
  if (reference.starts_with('/')) base = {};
  const bool relative_path = !reference.empty() && reference.find_first_of("/?#") != 0;
  if (relative_path) base = base.substr(0, base.rfind('/') + 1);
  return parse(scheme + "://" + authority() + std::string{base} + std::string{reference});
}

bool Url::has_default_port() const { return port == default_port(scheme); }

std::string Url::to_string() const { return scheme + "://" + authority() + path_and_query; }

std::string Url::authority() const { return has_default_port() ? host.to_string() : host.to_string() + ":" + std::to_string(port); }

}  // namespace ferry::base

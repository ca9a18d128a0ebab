#include "client/fetch/fetch_request.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "client/fetch/content_name.hpp"
#include "protocol/base/url.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/root_url.hpp"

namespace ferry::client {

namespace {

/// Which bytes come, and under which condition, is the fetch's to say.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 8> kOurs{"host", "range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-length"};
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

}  // namespace

base::Result<void> make_canonical(FetchRequest& request) {
  FERRY_TRY(request.root, parse_content_name(request.url));
  if (request.root) {
    request.url = content::root_url(*request.root);
    request.headers.clear();  // nothing is chosen but by the root
  } else {
    FERRY_TRY(const auto url, base::Url::parse(request.url));
    request.url = url.to_string();
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return base::fail(base::refusal("method_not_allowed", "only GET and HEAD can be fetched, not " + base::printable(request.method, 16)));
  }
  for (auto& field : request.headers) {
    std::transform(field.name.begin(), field.name.end(), field.name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 && c != '\t'; };
    if (field.name.empty() || std::any_of(field.value.begin(), field.value.end(), is_control)) {
      return base::fail(base::refusal("request_header", "the header '" + base::printable(field.name, 60) + "' is not valid"));
    }
  }
  request.relays_at_once = std::clamp<std::size_t>(request.relays_at_once, 1, kMaxRelaysAtOnce);
  request.chunks_ahead = std::clamp<std::size_t>(request.chunks_ahead, 1, kChunksAhead);
  std::erase_if(request.headers, [](const auto& field) { return content::is_hop_by_hop(field.name) || is_ours(field.name); });
  return {};
}

base::Result<void> check_range(const FetchRequest& request) {
  if (!request.range) return {};
  const auto& range = *request.range;
  const bool is_plain = request.method == "GET" && !request.file && !request.sha256 && request.verify == content::VerificationLevel::relay;
  if (!is_plain || (range.last && *range.last < range.first)) {
    return base::fail(base::refusal("range_invalid", "a range is for GET without a file or digest, and ends after it begins"));
  }
  if (range.first < content::kMaxBodyBytes) return {};
  return base::fail(base::refusal("range_not_satisfiable", "the range begins behind the largest body"));
}

}  // namespace ferry::client

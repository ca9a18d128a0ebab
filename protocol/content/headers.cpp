// Header fields and the name of a request: the parts of manifest.hpp that look at single fields.

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/manifest.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ferry::content {

namespace {

using std::string_view_literals::operator""sv;

constexpr auto kHopByHop =
    std::to_array({"connection"sv, "keep-alive"sv, "proxy-authenticate"sv, "proxy-authorization"sv,
                   "proxy-connection"sv, "te"sv, "trailer"sv, "transfer-encoding"sv, "upgrade"sv});

/// Fields that ask for a part, a condition or a route, but never for another representation.
constexpr auto kNotSelecting = std::to_array(
    {"cache-control"sv, "content-length"sv, "date"sv, "expect"sv, "forwarded"sv, "host"sv, "if-match"sv,
     "if-modified-since"sv, "if-none-match"sv, "if-range"sv, "if-unmodified-since"sv, "max-forwards"sv,
     "pragma"sv, "range"sv, "via"sv, "x-forwarded-for"sv});

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
    for (const HeaderField& field : headers) {
        if (field.name == name) return field.value;
    }
    return std::nullopt;
}

bool is_hop_by_hop(std::string_view lower_case_name) {
    return is_one_of(lower_case_name, kHopByHop);
}

base::RequestHash tunnel_hash(const base::Host& host, std::uint16_t port) {
    return request_hash("CONNECT", host.to_string() + ":" + std::to_string(port), {});
}

base::RequestHash witness_hash(const base::RequestHash& request) {
    base::Sha256 hasher;
    hasher.update(base::bytes_of("ferry.1 witness"));
    hasher.update(request.view());
    base::RequestHash named;
    named.data = hasher.finish().data;
    return named;
}

base::RequestHash request_hash(std::string_view method, std::string_view canonical_url,
                               const Headers& headers) {
    using Pair = std::pair<std::string_view, std::string_view>;
    std::vector<Pair> selecting;
    for (const HeaderField& field : headers) {
        const bool selects = !is_hop_by_hop(field.name) && !is_one_of(field.name, kNotSelecting);
        if (selects) selecting.emplace_back(field.name, field.value);
    }
    std::sort(selecting.begin(), selecting.end());

    base::PackWriter writer;
    writer.array(5).text("ferry request 1").text(method).text(canonical_url).number(kChunkBytes);
    writer.array(static_cast<std::uint32_t>(selecting.size()));
    for (const auto& [name, value] : selecting)
        writer.array(2).text(name).text(value);
    return base::RequestHash{base::sha256(writer.view()).data};
}

}  // namespace ferry::content

#include "relay/content/describe_head.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::relay::content {

using std::string_view_literals::operator""sv;
using ferry::content::Headers;

namespace {

/// A manifest that is full already goes without the field.
void set_field(Headers& headers, std::string_view name, std::string value) {
    std::erase_if(headers, [&](const auto& field) { return field.name == name; });
    if (headers.size() < ferry::content::Manifest::kMaxHeaders)
        headers.push_back({std::string(name), std::move(value)});
}

bool may_have_length(std::uint16_t status) {
    return status != 204 && status != 304;
}

}  // namespace

Head describe_head(const Object& object, base::Time now, bool from_cache) {
    const auto stored = object.head();
    Head head;
    head.status = stored->status;
    head.headers = stored->headers;
    head.validator = stored->validator;
    head.fetched_at = stored->fetched_at;
    head.expires_at = std::max(stored->expires_at, stored->fetched_at);
    head.from_cache = from_cache;
    if (stored->length && may_have_length(head.status))
        set_field(head.headers, "content-length", std::to_string(*stored->length));
    if (from_cache) {
        const auto age = std::max<std::int64_t>(stored->age(now).count() / 1000, 0);
        set_field(head.headers, "age", std::to_string(age));
    }
    add_hashes(object, head);
    return head;
}

void add_hashes(const Object& object, Head& head) {
    head.length = object.head()->length;
    if (const auto root = object.root()) {
        head.root = *root;
        head.chunk_hashes = object.hashes();
    }
}

Head not_modified(Head head) {
    constexpr std::array kKept{"age"sv,  "cache-control"sv, "content-location"sv, "date"sv,
                               "etag"sv, "expires"sv,       "last-modified"sv,    "vary"sv};
    std::erase_if(head.headers, [&](const auto& field) {
        return std::find(kKept.begin(), kKept.end(), field.name) == kKept.end();
    });
    head.status = 304;
    head.length = 0;
    head.root = {};
    head.chunk_hashes.clear();
    return head;
}

}  // namespace ferry::relay::content

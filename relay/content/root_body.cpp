#include "relay/content/root_body.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/content/describe_head.hpp"
#include "relay/content/object_body.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::relay::content {

using base::fail;
using base::refusal;
using std::string_view_literals::operator""sv;

namespace {

/// The same from every relay that has the object: a client may go on with another one.
Head head_of(const Object& object, const base::Hash256& root, base::Time now) {
    constexpr std::array kKept{"content-type"sv, "content-encoding"sv, "content-language"sv, "content-length"sv};
    Head head = describe_head(object, now, false);
    std::erase_if(head.headers, [&](const auto& field) {
        return std::find(kKept.begin(), kKept.end(), field.name) == kKept.end();
    });
    head.validator = "\"" + root.hex() + "\"";
    head.fetched_at = head.expires_at = now;  // content does not grow old
    head.from_cache = true;
    return head;
}

}  // namespace

std::shared_ptr<Object> find_by_root(ContentCache& cache, const base::Hash256& root, ChunkSpan span) {
    auto object = cache.roots().find(root);
    if (!object) return nullptr;
    const auto end = std::min(span.end, ferry::content::chunk_count(object->head()->length.value_or(0)));
    for (auto index = span.first; index < end; ++index) {
        if (!cache.holds(*object, index)) return nullptr;
    }
    return object;
}

base::Result<std::unique_ptr<OpenBody>> open_by_root(const std::shared_ptr<Fetcher>& fetcher,
                                                     const FetchRequest& request, ChunkSpan span) {
    const auto object = find_by_root(fetcher->cache(), *request.root, span);
    if (!object) return fail(refusal("root_not_held", "this relay does not hold that object; ask another one"));
    auto head = head_of(*object, *request.root, fetcher->now());
    if (!request.if_validator.empty() && request.if_validator != head.validator) {
        return fail(
            refusal("object_changed", "the object is another one than the client has a part of; start anew"));
    }
    if (request.first_chunk > 0 && request.first_chunk >= ferry::content::chunk_count(*head.length)) {
        return fail(refusal("chunk_beyond_end", "the body ends before the first chunk that was asked for"));
    }
    const bool bodiless = request.method == "HEAD";
    std::unique_ptr<OpenBody> body =
        std::make_unique<ObjectBody>(fetcher, nullptr, Seat(object, span), std::move(head), bodiless);
    return body;
}

}  // namespace ferry::relay::content

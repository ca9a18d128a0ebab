#include "relay/content/answer.hpp"

#include "relay/content/freshness.hpp"
#include "relay/content/validator.hpp"

#include <algorithm>
#include <array>

namespace ferry::relay::content {

using base::fail;
using base::Result;
using ferry::content::find_header;

namespace {

constexpr std::uint16_t kOk = 200, kPartial = 206, kNotSatisfiable = 416;

std::optional<ContentRange> range_in(const ResponseHead& response) {
    const auto text = find_header(response.headers, "content-range");
    return text ? parse_content_range(*text) : std::nullopt;
}

/// Digests of what one answer carried, which for a part, or no body at all, is not the object. Source: RFC 9530
/// section 2, RFC 1864.
bool is_about_message(std::string_view name) {
    return name == "content-digest" || name == "content-md5";
}

/// The part that was asked for, as far as the body reaches, and nothing else.
bool fits(const ContentRange& came, const ResponseHead& response, const ByteRange& asked) {
    if (!came.range || !came.total || came.range->first != asked.first) return false;
    if (came.range->last != std::min(asked.last, *came.total - 1)) return false;
    return !response.content_length || *response.content_length == came.range->bytes();
}

void set_times(ObjectHead& head, const ResponseHead& response) {
    const Exchange exchange{response.asked_at, response.answered_at};
    head.fetched_at = response.answered_at;
    head.age_when_fetched = initial_age(head.headers, exchange);
    const auto lifetime = freshness_lifetime(head.status, head.headers, response.answered_at);
    head.expires_at = head.fetched_at + std::max(base::Duration{0}, lifetime - head.age_when_fetched);
}

ObjectHead object_head(const ResponseHead& response, std::uint16_t status,
                       std::optional<std::uint64_t> length) {
    ObjectHead head;
    head.status = status;
    head.headers = response.headers;
    const bool is_part = response.status == kPartial;
    std::erase_if(head.headers, [is_part](const auto& field) {
        return field.name == "content-range" || (is_part && is_about_message(field.name));
    });
    head.length = length;
    // Only a 200 has parts that can be asked for.
    if (status == kOk) head.validator = validator_of(head.headers, length, response.answered_at);
    set_times(head, response);
    return head;
}

FirstAnswer ask_whole() {
    FirstAnswer answer;
    answer.ask_whole = true;
    return answer;
}

FirstAnswer part(const ResponseHead& response, const ByteRange& range, std::uint64_t total) {
    FirstAnswer answer;
    answer.head = object_head(response, kOk, total);
    answer.head.ranges = true;
    answer.bytes = range.bytes();
    const auto first = range.first / ferry::content::kChunkBytes;
    answer.span = {first, first + ferry::content::chunk_count(range.bytes())};
    return answer;
}

base::Error changed() {
    return base::peer_fault("origin_changed",
                            "the object changed at the origin while it was fetched; ask for it anew");
}

bool is_another(const ResponseHead& response, const ObjectHead& object, std::optional<std::uint64_t> length) {
    return length != object.length ||
           validator_of(response.headers, length, response.answered_at) != object.validator;
}

bool says_gone(std::uint16_t status) {
    return status == kOk || status == kNotSatisfiable || status == 404 || status == 410 || status == 412;
}

}  // namespace

Result<FirstAnswer> read_first_answer(const ResponseHead& response, std::optional<ByteRange> asked) {
    if (response.status != kPartial && !(response.status == kNotSatisfiable && asked)) {
        FirstAnswer answer;
        answer.head = object_head(response, response.status, response.content_length);
        answer.bytes = response.content_length;
        return answer;
    }
    if (!asked)
        return fail(
            base::peer_fault("origin_range", "the origin sent a part although the whole was asked for"));
    const auto came = range_in(response);
    if (response.status == kNotSatisfiable) {
        const bool beyond = asked->first > 0 && came && came->total && *came->total <= asked->first;
        if (!beyond) return ask_whole();
        return fail(
            base::refusal("chunk_beyond_end", "the body ends before the first chunk that was asked for"));
    }
    if (!came || !fits(*came, response, *asked)) return ask_whole();
    const bool whole = came->range->bytes() == *came->total;
    const bool strong = !validator_of(response.headers, came->total, response.answered_at).empty();
    return whole || strong ? part(response, *came->range, *came->total) : ask_whole();
}

Result<std::optional<std::uint64_t>> read_next_answer(const ResponseHead& response, const ObjectHead& object,
                                                      std::optional<ByteRange> asked) {
    if (response.status == kPartial && asked) {
        const auto came = range_in(response);
        if (!came || !came->range || !came->total) {
            return fail(base::peer_fault("origin_range", "the origin sent a part without saying which"));
        }
        if (is_another(response, object, came->total)) return fail(changed());
        if (!fits(*came, response, *asked))
            return fail(base::peer_fault("origin_range", "the origin sent another part than was asked for"));
        return std::optional{came->range->bytes()};
    }
    if (response.status == kOk && !asked && !is_another(response, object, object.length) &&
        (!response.content_length || response.content_length == object.length)) {
        return response.content_length;
    }
    if (says_gone(response.status)) return fail(changed());
    return fail(base::environment("origin_status", "the origin answered " + std::to_string(response.status) +
                                                       " in the middle of the body; try again later"));
}

std::string redirect_target(const ObjectHead& head) {
    constexpr std::array<std::uint16_t, 5> kRedirects{301, 302, 303, 307, 308};
    if (std::find(kRedirects.begin(), kRedirects.end(), head.status) == kRedirects.end()) return {};
    return std::string(find_header(head.headers, "location").value_or(""));
}

ObjectHead confirmed(const ObjectHead& stored, const ResponseHead& not_modified) {
    ObjectHead head = stored;
    const auto came = [&](const auto& field) {
        return !is_about_message(field.name) && find_header(not_modified.headers, field.name).has_value();
    };
    std::erase_if(head.headers, came);
    for (const auto& field : not_modified.headers) {
        const bool room = head.headers.size() < ferry::content::Manifest::kMaxHeaders;
        const bool is_kept = field.name != "content-range" && !is_about_message(field.name);
        if (room && is_kept) head.headers.push_back(field);
    }
    set_times(head, not_modified);
    return head;
}

}  // namespace ferry::relay::content

#include "relay/content/validator.hpp"

#include "relay/content/field_text.hpp"
#include "relay/content/http_date.hpp"

#include <algorithm>

namespace ferry::relay::content {

using ferry::content::find_header;

namespace {

constexpr std::size_t kMaxBytes = ferry::content::Manifest::kMaxValidatorBytes;

bool is_tag_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

bool is_older(std::string_view last_modified, const ferry::content::Headers& headers, base::Time now) {
    const auto modified = parse_http_date(last_modified, now);
    if (!modified) return false;
    const auto date_text = find_header(headers, "date");
    const auto date = date_text ? parse_http_date(*date_text, now) : std::optional{now};
    return date && *date - *modified >= std::chrono::seconds{1};
}

bool any_tag_matches(std::string_view list, const EntityTag& tag) {
    if (trimmed(list) == "*") return true;
    std::string_view element;
    while (next_element(list, element)) {
        const auto candidate = parse_entity_tag(element);
        if (candidate && candidate->text == tag.text) return true;
    }
    return false;
}

}  // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view text) {
    EntityTag tag;
    if (text.starts_with("W/")) {
        tag.weak = true;
        text.remove_prefix(2);
    }
    if (text.size() < 2 || text.size() > kMaxBytes || text.front() != '"' || text.back() != '"')
        return std::nullopt;
    const auto opaque = text.substr(1, text.size() - 2);
    if (!std::all_of(opaque.begin(), opaque.end(), is_tag_character)) return std::nullopt;
    tag.text = text;
    return tag;
}

std::string validator_of(const ferry::content::Headers& headers, std::optional<std::uint64_t> length,
                         base::Time now) {
    if (const auto etag = find_header(headers, "etag")) {
        const auto tag = parse_entity_tag(*etag);
        if (tag && !tag->weak) return tag->text;
    }
    const auto modified = find_header(headers, "last-modified");
    if (!modified || !length || !is_older(*modified, headers, now)) return {};
    return std::string(*modified) + "/" + std::to_string(*length);
}

std::string if_range_of(std::string_view validator) {
    if (validator.starts_with('"')) return std::string(validator);
    return std::string(validator.substr(0, validator.rfind('/')));
}

bool add_conditions(const ferry::content::Headers& stored, ferry::content::Headers& request) {
    const auto etag = find_header(stored, "etag");
    const auto modified = find_header(stored, "last-modified");
    if (etag && parse_entity_tag(*etag))
        request.push_back({"if-none-match", std::string(*etag)});
    else if (modified)
        request.push_back({"if-modified-since", std::string(*modified)});
    else
        return false;
    return true;
}

bool client_has_it(const ferry::content::Headers& request, const ferry::content::Headers& response,
                   base::Time now) {
    if (const auto list = find_header(request, "if-none-match")) {
        const auto etag = find_header(response, "etag");
        const auto tag = etag ? parse_entity_tag(*etag) : std::nullopt;
        return tag && any_tag_matches(*list, *tag);
    }
    const auto since_text = find_header(request, "if-modified-since");
    const auto modified_text = find_header(response, "last-modified");
    if (!since_text || !modified_text) return false;
    const auto since = parse_http_date(*since_text, now);
    const auto modified = parse_http_date(*modified_text, now);
    return since && modified && *modified <= *since;
}

}  // namespace ferry::relay::content

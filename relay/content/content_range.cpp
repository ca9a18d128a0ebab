#include "relay/content/content_range.hpp"

#include "relay/content/field_text.hpp"

namespace ferry::relay::content {

namespace {

std::optional<std::uint64_t> length_of(std::string_view text) {
    unsigned long long value = 0;
    if (!parse_number(text, value) || value > ferry::content::kMaxBodyBytes) return std::nullopt;
    return value;
}

std::optional<ByteRange> range_of(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = length_of(text.substr(0, dash));
    const auto last = length_of(text.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= ferry::content::kMaxBodyBytes) return std::nullopt;
    return ByteRange{*first, *last};
}

}  // namespace

std::string ByteRange::to_string() const {
    return "bytes=" + std::to_string(first) + "-" + std::to_string(last);
}

ByteRange ByteRange::of_chunks(std::uint64_t first, std::uint64_t count) {
    return {first * ferry::content::kChunkBytes, (first + count) * ferry::content::kChunkBytes - 1};
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos || !equal_ignoring_case(text.substr(0, space), "bytes"))
        return std::nullopt;
    text = trimmed(text.substr(space));
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto range_text = text.substr(0, slash);
    const auto total_text = text.substr(slash + 1);

    ContentRange out;
    if (total_text != "*") {
        out.total = length_of(total_text);
        if (!out.total) return std::nullopt;
    }
    if (range_text == "*") return out.total ? std::optional{out} : std::nullopt;
    out.range = range_of(range_text);
    if (!out.range || (out.total && out.range->last >= *out.total)) return std::nullopt;
    return out;
}

}  // namespace ferry::relay::content

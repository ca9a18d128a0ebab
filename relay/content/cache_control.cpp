#include "relay/content/cache_control.hpp"

#include "relay/content/field_text.hpp"

#include <algorithm>

namespace ferry::relay::content {

namespace {

using Seconds = std::chrono::seconds;

constexpr unsigned long long kLongest = 1ULL << 31U;

struct Directive {
    std::string_view name, argument;
};

Directive directive_of(std::string_view element) {
    const auto equals = element.find('=');
    if (equals == std::string_view::npos) return {element, {}};
    auto argument = trimmed(element.substr(equals + 1));
    if (argument.size() >= 2 && argument.front() == '"' && argument.back() == '"') {
        argument = argument.substr(1, argument.size() - 2);
    }
    return {trimmed(element.substr(0, equals)), argument};
}

void shorten(std::optional<base::Duration>& into, std::string_view argument) {
    const auto said = parse_delta_seconds(argument).value_or(base::Duration{0});
    into = into ? std::min(*into, said) : said;
}

void apply(const Directive& directive, CacheControl& into) {
    const auto is = [&](std::string_view name) { return equal_ignoring_case(directive.name, name); };
    if (is("no-store")) into.no_store = true;
    if (is("no-cache")) into.no_cache = true;
    if (is("private")) into.is_private = true;
    if (is("public")) into.is_public = true;
    if (is("must-revalidate")) into.must_revalidate = true;
    if (is("proxy-revalidate")) into.proxy_revalidate = true;
    if (is("must-understand")) into.must_understand = true;
    if (is("only-if-cached")) into.only_if_cached = true;
    if (is("max-age")) shorten(into.max_age, directive.argument);
    if (is("s-maxage")) shorten(into.s_maxage, directive.argument);
    if (is("min-fresh")) shorten(into.min_fresh, directive.argument);
}

}  // namespace

std::optional<base::Duration> parse_delta_seconds(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    unsigned long long seconds = 0;
    // Digits that do not fit are a number all the same: a very long time.
    if (!parse_number(text, seconds)) seconds = kLongest;
    return Seconds{static_cast<std::int64_t>(std::min(seconds, kLongest))};
}

void read_cache_control(std::string_view value, CacheControl& into) {
    std::string_view element;
    while (next_element(value, element))
        apply(directive_of(element), into);
}

CacheControl cache_control_of(const ferry::content::Headers& headers) {
    CacheControl all;
    bool any = false;
    for (const auto& [name, value] : headers) {
        if (name != "cache-control") continue;
        any = true;
        read_cache_control(value, all);
    }
    if (any) return all;
    for (const auto& [name, value] : headers) {
        if (name == "pragma" && lower_case(value).find("no-cache") != std::string::npos) all.no_cache = true;
    }
    return all;
}

}  // namespace ferry::relay::content

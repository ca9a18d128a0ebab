#include "relay/content/outgoing.hpp"

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"
#include "relay/content/field_text.hpp"
#include "relay/content/storable.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace ferry::relay::content {

using std::string_view_literals::operator""sv;

namespace {

/// The relay's own business, or nobody's.
constexpr std::array kDropped{"accept-charset"sv,
                              "alt-used"sv,
                              "cf-connecting-ip"sv,
                              "client-ip"sv,
                              "content-length"sv,
                              "dnt"sv,
                              "expect"sv,
                              "forwarded"sv,
                              "from"sv,
                              "host"sv,
                              "if-match"sv,
                              "if-modified-since"sv,
                              "if-none-match"sv,
                              "if-range"sv,
                              "if-unmodified-since"sv,
                              "max-forwards"sv,
                              "origin"sv,
                              "priority"sv,
                              "range"sv,
                              "referer"sv,
                              "save-data"sv,
                              "true-client-ip"sv,
                              "upgrade-insecure-requests"sv,
                              "user-agent"sv,
                              "via"sv,
                              "x-client-ip"sv,
                              "x-cluster-client-ip"sv,
                              "x-real-ip"sv};
constexpr std::array kDroppedFamilies{"proxy-"sv, "sec-"sv, "x-forwarded"sv};
/// Sent, and shared by Vary, or handled by the caching rules.
constexpr std::array kNotKeyed{"accept"sv,        "accept-encoding"sv, "accept-language"sv, "authorization"sv,
                               "cache-control"sv, "cookie"sv,          "pragma"sv};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_dropped(std::string_view name) {
    const bool family = std::any_of(kDroppedFamilies.begin(), kDroppedFamilies.end(),
                                    [&](std::string_view prefix) { return name.starts_with(prefix); });
    return family || is_one_of(name, kDropped) || ferry::content::is_hop_by_hop(name) || !is_token(name);
}

/// libcurl takes fields as lines: nothing that ends a line may stand in one.
bool is_one_line(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || c == '\t';
    });
}

}  // namespace

void Outgoing::drop_credentials() {
    std::erase_if(fields, [](const auto& field) {
        return field.name == "authorization" || field.name == "cookie" || !is_one_of(field.name, kNotKeyed);
    });
    shareable = is_shareable_request(fields);
}

UrlKey Outgoing::key_for(const base::Url& url) const {
    std::vector<ferry::content::HeaderField> keyed;
    std::copy_if(fields.begin(), fields.end(), std::back_inserter(keyed),
                 [](const auto& field) { return !is_one_of(field.name, kNotKeyed); });
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });

    base::PackWriter writer;
    writer.array(4).text("ferry cache 1").text("GET").text(url.to_string());
    writer.array(static_cast<std::uint32_t>(keyed.size()));
    for (const auto& [name, value] : keyed)
        writer.array(2).text(name).text(value);
    return UrlKey{base::sha256(writer.view()).data};
}

Outgoing outgoing_of(const ferry::content::Headers& request, std::string_view user_agent,
                     std::string_view via) {
    Outgoing out;
    std::vector<std::string> connection_fields;
    for (const auto& [name, value] : request) {
        if (name != "connection") continue;
        std::string_view rest = value;
        std::string_view element;
        while (next_element(rest, element))
            connection_fields.push_back(lower_case(element));
    }
    for (const auto& field : request) {
        const bool named = std::find(connection_fields.begin(), connection_fields.end(), field.name) !=
                           connection_fields.end();
        if (!named && !is_dropped(field.name) && is_one_line(field.value)) out.fields.push_back(field);
    }
    if (!user_agent.empty()) out.own.push_back({"user-agent", std::string(user_agent)});
    if (!via.empty()) out.own.push_back({"via", std::string(via)});
    out.control = cache_control_of(out.fields);
    out.shareable = is_shareable_request(out.fields);
    return out;
}

}  // namespace ferry::relay::content

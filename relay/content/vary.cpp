#include "relay/content/vary.hpp"

#include "relay/content/field_text.hpp"
#include "relay/shared/selecting.hpp"

#include <algorithm>

namespace ferry::relay::content {

namespace {

/// Calls `visit` with each field name in all Vary lines.
template <typename Visit>
void each_varying(const ferry::content::Headers& response, Visit visit) {
    for (const auto& [name, value] : response) {
        if (name != "vary") continue;
        std::string_view rest = value;
        std::string_view element;
        while (next_element(rest, element))
            visit(element);
    }
}

}  // namespace

bool varies_on_everything(const ferry::content::Headers& response) {
    bool everything = false;
    each_varying(response, [&](std::string_view element) { everything = everything || element == "*"; });
    return everything;
}

ferry::content::Headers selecting_fields(const ferry::content::Headers& response,
                                         const ferry::content::Headers& sent) {
    ferry::content::Headers out;
    each_varying(response, [&](std::string_view element) {
        const auto name = lower_case(element);
        if (name == "range" || name == "if-range") return;
        const bool known =
            std::any_of(out.begin(), out.end(), [&](const auto& field) { return field.name == name; });
        if (!known) out.push_back({name, combined_value(sent, name)});
    });
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
}

}  // namespace ferry::relay::content

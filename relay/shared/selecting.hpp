#pragma once
// Selecting fields: how a stored variant is matched to a request. Used by ObjectIndex for looking up and by
// relay/content for storing.

#include "protocol/content/manifest.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace ferry::relay {

/// All values of a field joined by ", " in the order in which they stand; empty when it is absent.
inline std::string combined_value(const ferry::content::Headers& headers, std::string_view name) {
    std::string value;
    for (const auto& field : headers) {
        if (field.name != name) continue;
        if (!value.empty()) value += ", ";
        value += field.value;
    }
    return value;
}

/// The request has exactly the values by which the variant was chosen. Source: RFC 9111 section 4.1.
inline bool is_selected(const ferry::content::Headers& selecting, const ferry::content::Headers& request) {
    return std::all_of(selecting.begin(), selecting.end(),
                       [&](const auto& field) { return combined_value(request, field.name) == field.value; });
}

}  // namespace ferry::relay

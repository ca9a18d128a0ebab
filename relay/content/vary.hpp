#pragma once
// Vary: which request fields chose a representation. Together with UrlKey it is the cache's key.

#include "protocol/content/manifest.hpp"

namespace ferry::relay::content {

/// "Vary: *": no request, not even the same, is known to get this response.
bool varies_on_everything(const ferry::content::Headers& response);

/// The fields that Vary names with the values that `sent` has for them, sorted by name; a field that was not
/// sent has an empty value. Range fields are left out: the cache puts parts together itself.
ferry::content::Headers selecting_fields(const ferry::content::Headers& response,
                                         const ferry::content::Headers& sent);

}  // namespace ferry::relay::content

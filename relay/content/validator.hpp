#pragma once
// Validators: how the relay tells that two answers are parts of the same object. Only strong ones may join
// parts; weak ones serve to ask whether something is still fresh.

#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::relay::content {

struct EntityTag {
    bool weak = false;
    std::string text;  ///< with its quotes

    friend bool operator==(const EntityTag&, const EntityTag&) = default;
};

/// nullopt unless it is one entity tag. Source: RFC 9110 section 8.8.3.
std::optional<EntityTag> parse_entity_tag(std::string_view text);

/// The strong ETag as sent, else Last-Modified + "/" + length if both are known and Last-Modified is at least
/// one second older than Date (RFC 9110 section 8.8.2.2: within the same second it may have changed again),
/// else empty: parts of this object must not be joined. `now` stands for a missing Date.
std::string validator_of(const ferry::content::Headers& headers, std::optional<std::uint64_t> length,
                         base::Time now);

/// What If-Range must say for a validator made by validator_of(). Empty for an empty one.
std::string if_range_of(std::string_view validator);

/// Adds If-None-Match and If-Modified-Since as far as the stored response has what they need. False when it
/// has neither.
bool add_conditions(const ferry::content::Headers& stored, ferry::content::Headers& request);

/// The client's own If-None-Match (else If-Modified-Since) says that it already has this response. Source:
/// RFC 9110 section 13.2.2.
bool client_has_it(const ferry::content::Headers& request, const ferry::content::Headers& response,
                   base::Time now);

}  // namespace ferry::relay::content

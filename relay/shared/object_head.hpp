#pragma once
// ObjectHead: what is known of one representation apart from its bytes. Filled by relay/content from an
// origin's answer, kept in the cache as it is.

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ferry::relay {

struct ObjectHead {
    std::uint16_t status = 0;
    ferry::content::Headers headers;      ///< end-to-end, without Content-Length and Content-Range
    std::optional<std::uint64_t> length;  ///< of the whole body
    std::string validator;  ///< names the object to clients; not empty: parts of it may be joined
    bool ranges = false;    ///< the origin has answered 206 for it
    base::Time fetched_at;  ///< when the origin sent or last confirmed it
    base::Duration age_when_fetched{0};
    base::Time expires_at;  ///< fresh until then

    base::Duration age(base::Time now) const { return now - fetched_at + age_when_fetched; }

    friend bool operator==(const ObjectHead&, const ObjectHead&) = default;
};

/// What stands on disk: the head and the request fields by which the variant was chosen.
base::Bytes pack(const ObjectHead& head, const ferry::content::Headers& selecting);
struct StoredHead {
    ObjectHead head;
    ferry::content::Headers selecting;
};
/// Errors: those of PackReader. What comes from a disk is not believed more than what comes from a peer.
base::Result<StoredHead> unpack_stored_head(base::ByteView bytes);

}  // namespace ferry::relay

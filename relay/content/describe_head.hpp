#pragma once
// describe_head: an object's head as a client is told it.

#include "relay/content/open_body.hpp"
#include "relay/shared/object.hpp"

namespace ferry::relay::content {

/// `from_cache` adds Age.
Head describe_head(const Object& object, base::Time now, bool from_cache);

/// Length, hashes and root as far as they are known now; the rest stays as it was when the response began.
void add_hashes(const Object& object, Head& head);

/// The client has this response already: status 304, the fields that belong to it, no body. Source: RFC 9110
/// section 15.4.5.
Head not_modified(Head head);

}  // namespace ferry::relay::content

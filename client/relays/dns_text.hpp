#pragma once
// Relays in DNS: a name's TXT records, each of which may be a relay's reference. Only where to begin: whom they name is proved by the relay itself.

#include <string>
#include <vector>

#include "client/transport/relay_reference.hpp"

namespace ferry::client {

/// Through the system's resolver. Empty when there is no such name, or nothing of use in it. Blocks: not on the loop.
/// Limits: 64 references.
std::vector<RelayReference> relays_in_dns(const std::string& name);

/// The same from an answer's bytes. Source: RFC 1035, section 3.3.14.
std::vector<RelayReference> relays_in_answer(base::ByteView answer);

}  // namespace ferry::client

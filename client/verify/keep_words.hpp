#pragma once
// keep_words: evidence of a relay that lied on one stream: what it signed, and, where it contradicts itself, both words.

#include "client/fetch/fetch_request.hpp"
#include "client/pay/evidence.hpp"
#include "client/relays/relay.hpp"

namespace ferry::client {

/// `verifier`: of the stream; may be null. Does nothing when the relay signed nothing.
void keep_words(Evidence& evidence, const FetchRequest& request, Relay& relay, const content::BodyVerifier* verifier, const base::Error& fault, base::Time now);

}  // namespace ferry::client

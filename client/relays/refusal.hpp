#pragma once
// What a relay's `refused` on a stream means to its client. Used by every kind of stream.

#include "protocol/base/result.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

/// Printable and bounded, and never a fault: a relay does not accuse us, or itself, of a lie.
base::Error error_of(wire::Refused message);

}  // namespace ferry::client

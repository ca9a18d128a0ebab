#pragma once
// The keys of Mainline DHT under which Ferry's relays are found: one for all relays, one for the holders of each object, and the secret from which
// a relay's own item key is made.

#include <array>
#include <cstdint>

#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"

namespace ferry::discovery {

/// As long as an info-hash.
using DhtKey = std::array<std::uint8_t, 20>;

/// "I am a Ferry relay": the first 20 bytes of SHA-256("ferry.1 relays").
DhtKey relays_key();
/// "I hold and sell this object": the first 20 bytes of SHA-256("ferry.1 holders of" ‖ root).
DhtKey holders_key(const base::Hash256& root);

/// The Ed25519 seed of the relay's item in the DHT: SHA-256("ferry.1 item key" ‖ secret key). It tells nothing of that key, and needs no file.
base::Bytes32<struct ItemSeedTag> item_seed(const base::SecretKey& identity);

}  // namespace ferry::discovery

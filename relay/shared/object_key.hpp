#pragma once
// Keys of the cache: a URL with the request fields that always count, an object, and one chunk of an object.
// Values; no URL can be read back out of them.

#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>

namespace ferry::relay {

using UrlKey =
    base::Bytes32<struct UrlKeyTag>;  ///< SHA-256 over the method, the canonical URL and the keyed fields
using ObjectId = base::Bytes32<struct ObjectIdTag>;  ///< random; a new one for each new representation

struct ChunkKey {
    ObjectId object;
    base::ChunkIndex index;

    friend bool operator==(const ChunkKey&, const ChunkKey&) = default;
    friend auto operator<=>(const ChunkKey&, const ChunkKey&) = default;
};

struct ChunkKeyHasher {
    std::size_t operator()(const ChunkKey& key) const {
        // The id is random, so a multiple of the index spreads its chunks well enough.
        return base::Bytes32Hasher{}(key.object) ^
               static_cast<std::size_t>(key.index.value * 0x9e3779b97f4a7c15ULL);
    }
};

}  // namespace ferry::relay

#pragma once
// Strong integer ids: a stream number cannot be passed where a chunk index is meant.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ferry::base {

template <typename Tag, typename Value>
struct StrongId {
  Value value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Value v) : value(v) {}
  constexpr StrongId next() const { return StrongId{static_cast<Value>(value + 1)}; }

  friend constexpr bool operator==(StrongId, StrongId) = default;
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

using StreamId = StrongId<struct StreamIdTag, std::uint32_t>;     ///< one request or tunnel inside a session; client counts up from 1
using ChunkIndex = StrongId<struct ChunkIndexTag, std::uint64_t>; ///< number of a 256 KiB chunk within a body, from 0

}  // namespace ferry::base

template <typename Tag, typename Value>
struct std::hash<ferry::base::StrongId<Tag, Value>> {
  std::size_t operator()(ferry::base::StrongId<Tag, Value> id) const noexcept { return std::hash<Value>{}(id.value); }
};

#include "tests/simulation/sim_relay.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "protocol/content/geometry.hpp"

namespace ferry::simulation {

namespace {

relay::ChunkKey key_of(ObjectNumber object, std::uint64_t index) {
  relay::ObjectId id;
  const std::uint64_t words[2] = {object * 0x9e3779b97f4a7c15ULL, object};
  std::memcpy(id.data.data(), words, sizeof(words));
  return {id, base::ChunkIndex{index}};
}

/// Of `bytes`, rounded up to 4 KiB. All caches hold the same few, so a memory counts what it would and yet takes no room here.
relay::ChunkPtr stand_in(std::size_t bytes) {
  constexpr std::size_t kStep = 4096;
  static std::array<relay::ChunkPtr, content::kChunkBytes / kStep + 1> chunks;
  const auto steps = (bytes + kStep - 1) / kStep;
  auto& chunk = chunks[steps];
  if (!chunk) chunk = std::make_shared<relay::Chunk>(relay::Chunk{base::Bytes(steps * kStep), {}});
  return chunk;
}

}  // namespace

void impossible(const base::Error& error) {
  std::fprintf(stderr, "simulation: %s: %s\n", error.code.c_str(), error.message.c_str());
  std::abort();
}

SimRelay::SimRelay(World& in, std::size_t place, base::SecretKey secret, double bytes_per_second)
    : world(in),
      number(place),
      key(std::move(secret)),
      ledger(kDomain, key.address(), key.address(), kToken, channels::CreditRules{}),
      line(in.events, bytes_per_second),
      memory_(std::uint64_t{in.settings.cache_mib} << 20U) {}

bool SimRelay::finds(ObjectNumber object, std::uint64_t index) { return memory_.find(key_of(object, index)) != nullptr; }

bool SimRelay::holds(ObjectNumber object, std::uint64_t index) const { return memory_.contains(key_of(object, index)); }

void SimRelay::keeps(ObjectNumber object, std::uint64_t index) {
  memory_.put(key_of(object, index), stand_in(world.catalogue.chunk(object, index).size()));
  auto& [count, which] = seen_[object];
  which.resize(world.catalogue.chunks(object));
  if (!which[index]) ++count;
  which[index] = true;
}

bool SimRelay::knows_all(ObjectNumber object) const {
  const auto seen = seen_.find(object);
  return seen != seen_.end() && seen->second.first == world.catalogue.chunks(object);
}

base::Amount SimRelay::earned() const {
  base::Amount sum;
  for (const auto& [id, channel] : ledger.channels()) sum = sum.plus_saturated(channel.claimable());
  return sum;
}

}  // namespace ferry::simulation

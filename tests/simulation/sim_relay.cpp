#include "tests/simulation/sim_relay.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ferry::simulation {

namespace {

relay::ChunkKey key_of(ObjectNumber object, std::uint64_t index) {
  relay::ObjectId id;
  const std::uint64_t words[2] = {object * 0x9e3779b97f4a7c15ULL, object};
  std::memcpy(id.data.data(), words, sizeof(words));
  return {id, base::ChunkIndex{index}};
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
      memory_((std::uint64_t{in.settings.cache_mib} << 20U) / kScale) {}

bool SimRelay::finds(ObjectNumber object, std::uint64_t index) { return memory_.find(key_of(object, index)) != nullptr; }

bool SimRelay::holds(ObjectNumber object, std::uint64_t index) const { return memory_.contains(key_of(object, index)); }

void SimRelay::keeps(ObjectNumber object, std::uint64_t index) {
  const auto size = world.catalogue.chunk(object, index).size();
  memory_.put(key_of(object, index), std::make_shared<relay::Chunk>(relay::Chunk{base::Bytes(std::max<std::size_t>(1, size / kScale)), {}}));
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

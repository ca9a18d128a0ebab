#include "tests/simulation/sim_relay.hpp"

#include <doctest/doctest.h>

#include "protocol/content/geometry.hpp"

namespace ferry::simulation {

TEST_CASE("simulated relay: a memory of 4 MiB keeps fifteen chunks of 256 KiB with what they cost besides") {
  Settings settings;
  settings.objects = 1;
  settings.median_kib = 65'536;
  settings.cache_mib = 4;
  settings.seed = 3;
  World world(settings);
  REQUIRE(world.catalogue.length(0) > 17 * content::kChunkBytes);
  SimRelay relay(world, 0, *base::SecretKey::from_bytes(base::Bytes(32, 7)), 1e6);
  for (std::uint64_t i = 0; i < 15; ++i) relay.keeps(0, i);
  for (std::uint64_t i = 0; i < 15; ++i) CHECK(relay.holds(0, i));
  relay.keeps(0, 15);
  std::size_t held = 0;
  for (std::uint64_t i = 0; i < 16; ++i) held += relay.holds(0, i) ? 1U : 0U;
  CHECK(held == 15);
  CHECK(relay.holds(0, 15));
  CHECK_FALSE(relay.knows_all(0));
}

}  // namespace ferry::simulation

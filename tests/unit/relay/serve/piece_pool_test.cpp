#include "relay/serve/piece_pool.hpp"

#include <doctest/doctest.h>

namespace ferry::relay {

TEST_CASE("pieces: come back, are used again, and no more than a few wait") {
  PiecePool pool;
  auto* first = pool.take().get();
  CHECK(pool.idle() == 1);
  const auto again = pool.take();
  CHECK(again.get() == first);
  CHECK(pool.idle() == 0);
  std::vector<std::shared_ptr<std::uint8_t>> many;
  for (std::size_t i = 0; i < PiecePool::kMaxIdle + 5; ++i) many.push_back(pool.take());
  many.clear();
  CHECK(pool.idle() == PiecePool::kMaxIdle);
}

TEST_CASE("pieces: outlive their pool") {
  std::shared_ptr<std::uint8_t> piece;
  {
    PiecePool pool;
    piece = pool.take();
  }
  std::memset(piece.get(), 1, PiecePool::kPieceBytes);
  CHECK(piece.get()[PiecePool::kPieceBytes - 1] == 1);
}

TEST_CASE("pieces: one that is less than half full is kept as a copy of its size") {
  PiecePool pool;
  auto full = pool.take();
  const auto* bytes = full.get();
  const auto kept = to_keep(std::move(full), PiecePool::kPieceBytes / 2);
  CHECK(kept.get() == bytes);
  CHECK(pool.idle() == 0);

  auto small = pool.take();
  std::memcpy(small.get(), "abc", 3);
  const auto copy = to_keep(std::move(small), 3);
  CHECK(pool.idle() == 1);
  CHECK(std::memcmp(copy.get(), "abc", 3) == 0);
}

}  // namespace ferry::relay

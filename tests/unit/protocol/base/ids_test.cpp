#include "protocol/base/ids.hpp"

#include <doctest/doctest.h>

#include <type_traits>
#include <unordered_set>

using namespace ferry::base;

TEST_CASE("ids: a stream number is not a chunk index nor a bare integer") {
  static_assert(!std::is_convertible_v<StreamId, ChunkIndex>);
  static_assert(!std::is_convertible_v<std::uint32_t, StreamId>);
  static_assert(!std::is_convertible_v<StreamId, std::uint32_t>);
  static_assert(sizeof(StreamId) == 4 && sizeof(ChunkIndex) == 8);
  CHECK(StreamId{}.value == 0);
}

TEST_CASE("ids: they count, order and hash by their value") {
  CHECK(ChunkIndex{4}.next() == ChunkIndex{5});
  CHECK(ChunkIndex{4} < ChunkIndex{5});
  CHECK(StreamId{1} != StreamId{2});
  const std::unordered_set<StreamId> set{StreamId{1}, StreamId{2}, StreamId{1}};
  CHECK(set.size() == 2);
}

#include "client/fetch/chunk_run.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "protocol/content/geometry.hpp"

namespace ferry::client {

namespace {

constexpr std::uint64_t kChunkBytes = content::kChunkBytes;

void put(ChunkRun& run, std::initializer_list<std::uint64_t> chunks) {
  for (const auto index : chunks) run.put(base::ChunkIndex{index}, base::Hash256{});
}

void check_missing(const ChunkRun& run, std::uint64_t first, std::uint64_t count) {
  CHECK(run.missing().first == first);
  CHECK(run.missing().count == count);
}

}  // namespace

TEST_CASE("chunk run: of a whole body every gap is asked for, then the rest") {
  ChunkRun run;
  check_missing(run, 0, UINT64_MAX);
  put(run, {0, 1, 4});
  check_missing(run, 2, 2);
  put(run, {2, 3});
  check_missing(run, 5, UINT64_MAX);
  CHECK_FALSE(run.is_complete(std::nullopt));
  CHECK_FALSE(run.is_complete(5 * kChunkBytes + 1));
  CHECK(run.is_complete(5 * kChunkBytes));
  run.drop(base::ChunkIndex{4});
  CHECK_FALSE(run.is_complete(5 * kChunkBytes));
  CHECK(ChunkRun().is_complete(0));
}

TEST_CASE("chunk run: of a range the chunks that cover it are wanted, and no other") {
  ChunkRun run(ByteRange{kChunkBytes + 1, 3 * kChunkBytes});
  check_missing(run, 1, 3);
  put(run, {1, 3});
  check_missing(run, 2, 1);
  CHECK_FALSE(run.is_complete(std::nullopt));
  put(run, {2});
  CHECK(run.is_complete(std::nullopt));
  CHECK(run.is_complete(9 * kChunkBytes));
  check_missing(run, 4, 0);
}

TEST_CASE("chunk run: a range ends where its body does") {
  ChunkRun run(ByteRange{kChunkBytes, UINT64_MAX});
  put(run, {1, 2});
  CHECK_FALSE(run.is_complete(std::nullopt));
  CHECK_FALSE(run.is_complete(3 * kChunkBytes + 1));
  CHECK(run.is_complete(3 * kChunkBytes));
  CHECK(run.bytes_of(3 * kChunkBytes) == 2 * kChunkBytes);
  CHECK(ChunkRun(ByteRange{kChunkBytes, std::nullopt}).bytes_of(3 * kChunkBytes) == 2 * kChunkBytes);
  CHECK(ChunkRun(ByteRange{5, 5}).bytes_of(6) == 1);
}

TEST_CASE("chunk run: a range fits a body that has its first byte") {
  const ChunkRun run(ByteRange{100, std::nullopt});
  CHECK_FALSE(run.fits(0));
  CHECK_FALSE(run.fits(100));
  CHECK(run.fits(101));
  CHECK(ChunkRun().fits(0));
  CHECK(run.begins_within_chunk());
  CHECK_FALSE(ChunkRun(ByteRange{kChunkBytes, std::nullopt}).begins_within_chunk());
  CHECK_FALSE(ChunkRun().begins_within_chunk());
}

TEST_CASE("chunk run: who wants every chunk asks for the whole") {
  CHECK(ChunkRun().asks_for_whole(std::nullopt));
  CHECK(ChunkRun(ByteRange{7, std::nullopt}).asks_for_whole(std::nullopt));
  CHECK_FALSE(ChunkRun(ByteRange{kChunkBytes, std::nullopt}).asks_for_whole(10));
  CHECK_FALSE(ChunkRun(ByteRange{0, 5}).asks_for_whole(std::nullopt));
  CHECK(ChunkRun(ByteRange{0, 5}).asks_for_whole(kChunkBytes));
  CHECK_FALSE(ChunkRun(ByteRange{0, 5}).asks_for_whole(kChunkBytes + 1));
}

TEST_CASE("chunk run: first and last chunk are cut to the range") {
  const std::vector<std::uint8_t> chunk(kChunkBytes);
  const auto part = [&](ByteRange range, std::uint64_t index, std::size_t bytes) {
    const auto cut = ChunkRun(range).part_of(base::ChunkIndex{index}, base::ByteView{chunk}.first(bytes));
    return std::pair{cut.offset, cut.bytes.size()};
  };
  using Cut = std::pair<std::uint64_t, std::size_t>;
  CHECK(part({kChunkBytes + 3, 3 * kChunkBytes + 9}, 1, kChunkBytes) == Cut{kChunkBytes + 3, kChunkBytes - 3});
  CHECK(part({kChunkBytes + 3, 3 * kChunkBytes + 9}, 2, kChunkBytes) == Cut{2 * kChunkBytes, kChunkBytes});
  CHECK(part({kChunkBytes + 3, 3 * kChunkBytes + 9}, 3, kChunkBytes) == Cut{3 * kChunkBytes, 10});
  CHECK(part({5, 5}, 0, kChunkBytes) == Cut{5, 1});
  CHECK(part({5, 500}, 0, 10) == Cut{5, 5});
  CHECK(part({500, UINT64_MAX}, 0, 10).second == 0);
  const auto bytes = ChunkRun(ByteRange{3, 4}).part_of(base::ChunkIndex{0}, base::ByteView{chunk}).bytes;
  CHECK(bytes.data() == chunk.data() + 3);
}

}  // namespace ferry::client

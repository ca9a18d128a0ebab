#include "protocol/content/geometry.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace ferry;
using base::ChunkIndex;
using content::chunk_count;
using content::chunk_offset;
using content::chunk_size;

TEST_CASE("geometry: an empty body has no chunk, one byte more than a chunk makes two") {
    CHECK(chunk_count(0) == 0);
    CHECK(chunk_count(1) == 1);
    CHECK(chunk_count(262'144) == 1);
    CHECK(chunk_count(262'145) == 2);
    CHECK(chunk_count(5 * 262'144 + 7) == 6);
    CHECK(chunk_count(content::kMaxBodyBytes) == content::kMaxChunks);
}

TEST_CASE("geometry: only the last chunk is short") {
    const std::uint64_t length = 2 * 262'144 + 7;
    CHECK(chunk_offset(ChunkIndex{2}) == 524'288);
    CHECK(chunk_size(ChunkIndex{0}, length) == 262'144);
    CHECK(chunk_size(ChunkIndex{1}, length) == 262'144);
    CHECK(chunk_size(ChunkIndex{2}, length) == 7);
    CHECK(chunk_size(ChunkIndex{1}, 2 * 262'144) == 262'144);
}

TEST_CASE("geometry: the sizes of all chunks add up to the length") {
    for (const std::uint64_t length : {0U, 1U, 16'383U, 262'143U, 262'144U, 262'145U, 524'288U, 1'310'727U}) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < chunk_count(length); ++i)
            sum += chunk_size(ChunkIndex{i}, length);
        CHECK(sum == length);
    }
}

TEST_CASE("geometry: a chunk beyond the end has no bytes, however far it is") {
    CHECK(chunk_size(ChunkIndex{0}, 0) == 0);
    CHECK(chunk_size(ChunkIndex{1}, 262'144) == 0);
    // 2^46 chunks are 2^64 bytes: a product that wrapped around would call this chunk 0.
    CHECK(chunk_size(ChunkIndex{std::uint64_t{1} << 46U}, 1'000'000) == 0);
    CHECK(chunk_size(ChunkIndex{UINT64_MAX}, UINT64_MAX) == 0);
}

TEST_CASE("geometry: the longest claimable length is counted without overflow") {
    CHECK(chunk_count(UINT64_MAX) == std::uint64_t{1} << 46U);
}

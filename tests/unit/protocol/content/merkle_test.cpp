#include "protocol/content/merkle.hpp"

#include "tests/unit/protocol/content/tree_oracle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace ferry;
using base::ByteView;
using base::ChunkIndex;
using base::Hash256;

namespace oracle = content::oracle;

namespace {

std::vector<Hash256> chunk_hashes(ByteView body) {
    std::vector<Hash256> hashes;
    for (std::size_t offset = 0; offset < body.size(); offset += oracle::kChunk) {
        const std::size_t size = std::min(oracle::kChunk, body.size() - offset);
        hashes.push_back(content::chunk_hash(ChunkIndex{hashes.size()}, body.subspan(offset, size)));
    }
    return hashes;
}

/// Hashes of chunks that nobody has: for shapes of the tree only.
std::vector<Hash256> made_up_hashes(std::size_t count) {
    std::vector<Hash256> hashes;
    for (std::size_t i = 0; i < count; ++i)
        hashes.push_back(base::sha256(base::bytes_of(std::to_string(i))));
    return hashes;
}

Hash256 built_root(const std::vector<Hash256>& hashes) {
    content::RootBuilder builder;
    for (const Hash256& hash : hashes)
        builder.add(hash);
    CHECK(builder.chunks() == hashes.size());
    return builder.root();
}

struct Vector {
    std::size_t length;
    std::string_view root;
};

// Over oracle::body_of, computed by a separate program in another language.
constexpr Vector kVectors[] = {
    {0, "0000000000000000000000000000000000000000000000000000000000000000"},
    {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {16'383, "fefe0b8c9dd5e32590241cb2fce06f56816d597062093f38fd990b95e7cd5a21"},
    {16'384, "8d5a927da22402130e8b3197f1be29eba10ca80071426f10eed00cb5fa4c4cbb"},
    {16'385, "2d66247c6787cceae3a9218e2d6f4099511b2e61ae0561a9757f5a7bd47a0d18"},
    {32'768, "84935094e4d5f78de913e7f353fe7327277ddfc313929c51cdeddeacb44f8f96"},
    {32'769, "7cbe27e1e73cd8cc536f2e37488765cf69ccd329881eac6b65f3447f670b6518"},
    {262'143, "98b021296a6b0e96784b4d784cf3fdb7e1c8fb21d565cda66867a7bc6d44b76d"},
    {262'144, "e559b793a8502a55e2b883f929db642c9de993889380b8f931397ade70ab0099"},
    {262'145, "d3828b4165bdf271dad95dfd8093d8bc908916bb3490efb2b6f0cdc29fc5d727"},
    {524'288, "4b45a96bfa2a0dc870a1a58739228cd07215b75b75b4751c57956b580078b89d"},
    {1'310'727, "d95d3b3942d6b209996e4a1088726b41d78a242713aa1ab8fbb881bd51c97b6f"},
};

}  // namespace

TEST_CASE("merkle: roots are those that BEP 52 gives, by fixed vectors") {
    for (const Vector& vector : kVectors) {
        CAPTURE(vector.length);
        CHECK(content::root_of(chunk_hashes(oracle::body_of(vector.length))).hex() == vector.root);
    }
}

TEST_CASE("merkle: chunk hashes are the piece layer, and roots agree, at every edge of block and chunk") {
    constexpr std::size_t kBlock = oracle::kBlock;
    constexpr std::size_t kChunk = oracle::kChunk;
    std::vector<std::size_t> lengths{0};
    for (const std::size_t edge :
         {std::size_t{1}, kBlock, 2 * kBlock, 3 * kBlock, 4 * kBlock, 5 * kBlock, 8 * kBlock, 9 * kBlock,
          15 * kBlock, kChunk, kChunk + kBlock, kChunk + 15 * kBlock, 2 * kChunk, 3 * kChunk, 4 * kChunk,
          5 * kChunk + 7}) {
        lengths.insert(lengths.end(), {edge - 1, edge, edge + 1});
    }
    for (const std::size_t length : lengths) {
        CAPTURE(length);
        const base::Bytes body = oracle::body_of(length);
        const std::vector<Hash256> hashes = chunk_hashes(body);
        CHECK(hashes == oracle::chunk_hashes(body));
        CHECK(content::root_of(hashes) == oracle::root(body));
        CHECK(built_root(hashes) == oracle::root(body));
    }
}

TEST_CASE("merkle: a short chunk 0 is a tree of its own, a short later chunk is padded to sixteen leaves") {
    const base::Bytes block = oracle::body_of(oracle::kBlock);
    CHECK(content::chunk_hash(ChunkIndex{0}, block) == base::sha256(block));
    CHECK(content::chunk_hash(ChunkIndex{1}, block) == oracle::node(block, 0, 16));
    CHECK(content::chunk_hash(ChunkIndex{1}, block) != content::chunk_hash(ChunkIndex{0}, block));
}

TEST_CASE("merkle: the root builder agrees with the whole list at every count from 0 to 200") {
    const std::vector<Hash256> all = made_up_hashes(200);
    content::RootBuilder builder;
    for (std::size_t count = 0; count <= all.size(); ++count) {
        CAPTURE(count);
        const std::vector<Hash256> hashes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
        CHECK(builder.root() == content::root_of(hashes));
        if (count > 0) CHECK(builder.root() == oracle::node_over_chunks(hashes, 0, std::bit_ceil(count)));
        if (count < all.size()) builder.add(all[count]);
    }
    CHECK(builder.chunks() == 200);
}

TEST_CASE("merkle: order and every chunk matter to the root") {
    std::vector<Hash256> hashes = made_up_hashes(7);
    const Hash256 root = content::root_of(hashes);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        std::vector<Hash256> other = hashes;
        other[i].data[31] ^= 1U;
        CHECK(content::root_of(other) != root);
    }
    std::swap(hashes[0], hashes[1]);
    CHECK(content::root_of(hashes) != root);
}

TEST_CASE("merkle: the digest of a run of hashes is SHA-256 over them, and zero over none") {
    const std::vector<Hash256> hashes = made_up_hashes(3);
    base::Bytes joined;
    for (const Hash256& hash : hashes)
        joined.insert(joined.end(), hash.data.begin(), hash.data.end());
    CHECK(content::digest_of(hashes) == base::sha256(joined));
    CHECK(content::digest_of({}).is_zero());
}

TEST_CASE("merkle: every chunk of every tree up to 33 chunks has a proof that holds") {
    for (std::size_t total = 1; total <= 33; ++total) {
        const std::vector<Hash256> hashes = made_up_hashes(total);
        const Hash256 root = content::root_of(hashes);
        for (std::size_t i = 0; i < total; ++i) {
            CAPTURE(total);
            CAPTURE(i);
            const auto proof = content::chunk_proof(hashes, ChunkIndex{i});
            CHECK(content::check_chunk_proof(root, total, ChunkIndex{i}, hashes[i], proof));
        }
    }
}

TEST_CASE("merkle: a mutated proof is refused") {
    const std::size_t total = 21;
    const std::vector<Hash256> hashes = made_up_hashes(total);
    const Hash256 root = content::root_of(hashes);
    for (std::size_t i = 0; i < total; ++i) {
        CAPTURE(i);
        const auto proof = content::chunk_proof(hashes, ChunkIndex{i});
        const auto holds = [&](std::size_t count, std::size_t index, const Hash256& hash,
                               const auto& siblings) {
            return content::check_chunk_proof(root, count, ChunkIndex{index}, hash, siblings);
        };
        for (std::size_t level = 0; level < proof.size(); ++level) {
            auto flipped = proof;
            flipped[level].data[7] ^= 0x10U;
            CHECK_FALSE(holds(total, i, hashes[i], flipped));
        }
        auto shorter = proof;
        shorter.pop_back();
        CHECK_FALSE(holds(total, i, hashes[i], shorter));
        auto longer = proof;
        longer.emplace_back();
        CHECK_FALSE(holds(total, i, hashes[i], longer));
        auto reversed = proof;
        std::reverse(reversed.begin(), reversed.end());
        CHECK_FALSE(holds(total, i, hashes[i], reversed));
        CHECK_FALSE(holds(total, i ^ 1U, hashes[i], proof));
        CHECK_FALSE(holds(total, i, hashes[(i + 1) % total], proof));
        CHECK_FALSE(holds(16, i, hashes[i], proof));
    }
}

TEST_CASE("merkle: an inner node does not pass for a chunk, nor a chunk for one beyond the end") {
    const std::vector<Hash256> hashes = made_up_hashes(4);
    const Hash256 root = content::root_of(hashes);
    const Hash256 left = oracle::join(hashes[0], hashes[1]);
    const Hash256 right = oracle::join(hashes[2], hashes[3]);
    CHECK_FALSE(content::check_chunk_proof(root, 4, ChunkIndex{0}, left, {{right}}));
    CHECK_FALSE(content::check_chunk_proof(root, 4, ChunkIndex{0}, root, {}));
    CHECK_FALSE(content::check_chunk_proof(root, 0, ChunkIndex{0}, root, {}));
    const auto proof = content::chunk_proof(hashes, ChunkIndex{0});
    CHECK_FALSE(content::check_chunk_proof(root, 4, ChunkIndex{4}, hashes[0], proof));
}

TEST_CASE("merkle: the only chunk of a body is proved by the root itself") {
    const std::vector<Hash256> hashes = made_up_hashes(1);
    CHECK(content::chunk_proof(hashes, ChunkIndex{0}).empty());
    CHECK(content::check_chunk_proof(hashes[0], 1, ChunkIndex{0}, hashes[0], {}));
    CHECK_FALSE(content::check_chunk_proof(Hash256{}, 1, ChunkIndex{0}, hashes[0], {}));
}

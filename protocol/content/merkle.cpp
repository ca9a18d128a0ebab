#include "protocol/content/merkle.hpp"

#include "protocol/base/hash.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/sha256_lanes.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace ferry::content {

namespace {

using base::ByteView;
using base::Hash256;

constexpr std::size_t kPairBytes = 2 * Hash256::size();

Hash256 join(const Hash256& left, const Hash256& right) {
    const std::array<Hash256, 2> pair{left, right};
    Hash256 parent;
    sha256_each(bytes_of_hashes(pair), kPairBytes, {&parent, 1});
    return parent;
}

/// Replaces a layer of an even number of nodes by their parents, in its first half.
void fold_layer(std::span<Hash256> layer) {
    // Parents are written behind the pairs still to be read, in runs short enough to hash together.
    constexpr std::size_t kRun = 16;
    std::array<Hash256, kRun> parents;
    const std::size_t count = layer.size() / 2;
    for (std::size_t at = 0; at < count; at += kRun) {
        const std::size_t run = std::min(kRun, count - at);
        sha256_each(bytes_of_hashes(layer.subspan(2 * at, 2 * run)), kPairBytes,
                    std::span{parents}.first(run));
        std::copy_n(parents.begin(), run, layer.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

/// What stands for a chunk beyond the end: the root of sixteen zero leaves (entry 0), of two such chunks (1),
/// …
const std::array<Hash256, 64>& padding_by_level() {
    static const auto table = [] {
        std::array<Hash256, 64> levels;
        Hash256 node;
        for (std::size_t width = kBlocksPerChunk; width > 1; width /= 2)
            node = join(node, node);
        for (Hash256& level : levels) {
            level = node;
            node = join(node, node);
        }
        return levels;
    }();
    return table;
}

/// Makes a layer even, and goes up to the next one.
void climb(std::vector<Hash256>& layer, std::size_t level) {
    if (layer.size() % 2 != 0) layer.push_back(padding_by_level()[level]);
    fold_layer(layer);
    layer.resize(layer.size() / 2);
}

std::vector<Hash256> copy_of(std::span<const Hash256> hashes) {
    return {hashes.begin(), hashes.end()};
}

/// Levels between a chunk and the root.
std::size_t height(std::uint64_t chunk_total) {
    return static_cast<std::size_t>(std::bit_width(chunk_total - 1));
}

}  // namespace

Hash256 chunk_hash(base::ChunkIndex index, ByteView bytes) {
    std::array<Hash256, kBlocksPerChunk> nodes{};  // missing leaves stay zero
    const std::size_t whole = bytes.size() / kBlockBytes;
    sha256_each(bytes.first(whole * kBlockBytes), kBlockBytes, std::span{nodes}.first(whole));
    const ByteView rest = bytes.subspan(whole * kBlockBytes);
    if (!rest.empty()) nodes[whole] = base::sha256(rest);

    const std::size_t blocks = whole + (rest.empty() ? 0 : 1);
    std::size_t width = index.value == 0 ? std::bit_ceil(blocks) : kBlocksPerChunk;
    for (; width > 1; width /= 2)
        fold_layer(std::span{nodes}.first(width));
    return nodes[0];
}

Hash256 root_of(std::span<const Hash256> chunk_hashes) {
    if (chunk_hashes.empty()) return {};
    std::vector<Hash256> layer = copy_of(chunk_hashes);
    for (std::size_t level = 0; layer.size() > 1; ++level)
        climb(layer, level);
    return layer[0];
}

Hash256 digest_of(std::span<const Hash256> chunk_hashes) {
    if (chunk_hashes.empty()) return {};
    return base::sha256(bytes_of_hashes(chunk_hashes));
}

void RootBuilder::add(const Hash256& chunk_hash) {
    Hash256 node = chunk_hash;
    // Like a carry: every trailing one bit of the count is a finished left neighbour.
    for (std::uint64_t bits = chunks_; bits % 2 == 1; bits /= 2) {
        node = join(peaks_.back(), node);
        peaks_.pop_back();
    }
    peaks_.push_back(node);
    ++chunks_;
}

Hash256 RootBuilder::root() const {
    if (peaks_.empty()) return {};
    auto peak = peaks_.rbegin();
    Hash256 node = *peak++;
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(chunks_));
    for (std::size_t level = first; level < height(chunks_); ++level) {
        const bool has_left = level > first && ((chunks_ >> level) & 1U) != 0;
        node = has_left ? join(*peak++, node) : join(node, padding_by_level()[level]);
    }
    return node;
}

std::vector<Hash256> chunk_proof(std::span<const Hash256> chunk_hashes, base::ChunkIndex index) {
    std::vector<Hash256> proof;
    std::vector<Hash256> layer = copy_of(chunk_hashes);
    std::uint64_t at = index.value;
    for (std::size_t level = 0; layer.size() > 1; ++level, at /= 2) {
        const std::uint64_t sibling = at ^ 1U;
        proof.push_back(sibling < layer.size() ? layer[sibling] : padding_by_level()[level]);
        climb(layer, level);
    }
    return proof;
}

bool check_chunk_proof(const Hash256& root, std::uint64_t chunk_total, base::ChunkIndex index,
                       const Hash256& chunk_hash, std::span<const Hash256> proof) {
    if (index.value >= chunk_total || proof.size() != height(chunk_total)) return false;
    Hash256 node = chunk_hash;
    std::uint64_t at = index.value;
    for (const Hash256& sibling : proof) {
        node = at % 2 == 0 ? join(node, sibling) : join(sibling, node);
        at /= 2;
    }
    return node == root;
}

}  // namespace ferry::content

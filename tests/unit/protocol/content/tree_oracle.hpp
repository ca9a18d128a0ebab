#pragma once
// The slow, plain reading of BEP 52 that the tests compare with: every leaf and every padding leaf is hashed,
// one after the other.

#include "protocol/base/hash.hpp"

#include <bit>
#include <vector>

namespace ferry::content::oracle {

inline constexpr std::size_t kBlock = 16 * 1024;
inline constexpr std::size_t kChunk = 16 * kBlock;

/// Bytes without a period that a block or chunk length divides; the vectors in the tests are over these.
inline base::Bytes body_of(std::size_t length) {
    base::Bytes body(length);
    for (std::size_t i = 0; i < length; ++i) {
        body[i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(i * 2'654'435'761U) >> 24U);
    }
    return body;
}

inline base::Hash256 join(const base::Hash256& left, const base::Hash256& right) {
    return base::sha256(left.view(), right.view());
}

/// The node over leaves [first, first + width).
inline base::Hash256 node(base::ByteView body, std::size_t first, std::size_t width) {
    if (width > 1) return join(node(body, first, width / 2), node(body, first + width / 2, width / 2));
    const std::size_t offset = first * kBlock;
    if (offset >= body.size()) return {};
    return base::sha256(body.subspan(offset, std::min(kBlock, body.size() - offset)));
}

/// `pieces root` of a file.
inline base::Hash256 root(base::ByteView body) {
    if (body.empty()) return {};
    return node(body, 0, std::bit_ceil((body.size() + kBlock - 1) / kBlock));
}

/// `piece layers` of a file in pieces of 256 KiB; for a file within one piece, its root.
inline std::vector<base::Hash256> chunk_hashes(base::ByteView body) {
    if (body.empty()) return {};
    if (body.size() <= kChunk) return {root(body)};
    std::vector<base::Hash256> hashes;
    for (std::size_t first = 0; first * kBlock < body.size(); first += 16)
        hashes.push_back(node(body, first, 16));
    return hashes;
}

/// The node over chunks [first, first + width) of a body that is known by its chunk hashes only.
inline base::Hash256 node_over_chunks(const std::vector<base::Hash256>& chunks, std::size_t first,
                                      std::size_t width) {
    if (width > 1) {
        return join(node_over_chunks(chunks, first, width / 2),
                    node_over_chunks(chunks, first + width / 2, width / 2));
    }
    return first < chunks.size() ? chunks[first] : node({}, 0, 16);
}

}  // namespace ferry::content::oracle

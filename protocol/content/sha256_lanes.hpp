#pragma once
// SHA-256 of many messages of one length at once: the blocks of a chunk and the nodes of a tree layer are
// independent, so several of them share a processor's pipelines. Used by merkle.cpp only; single messages are
// hashed by protocol/base.

#include "protocol/base/bytes.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace ferry::content {

/// out[i] = SHA-256 of the i-th run of `message_bytes` in `messages`.
/// Precondition: message_bytes is a multiple of 64 and messages.size() == out.size() * message_bytes. `out`
/// does not overlap `messages`.
void sha256_each(base::ByteView messages, std::size_t message_bytes, std::span<base::Hash256> out);

/// The hashes as one run of bytes. Lifetime: as long as `hashes`.
base::ByteView bytes_of_hashes(std::span<const base::Hash256> hashes);

/// One way to compute `lanes` hashes together.
struct Sha256Engine {
    std::string_view name;
    std::size_t lanes;
    void (*run)(const std::uint8_t* messages, std::size_t message_bytes, base::Hash256* out);
};

/// The engines that this processor can run, widest first; the last one has one lane and runs everywhere. All
/// give the same hashes.
std::span<const Sha256Engine> sha256_engines();

}  // namespace ferry::content

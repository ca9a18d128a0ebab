#include "protocol/content/sha256_lanes.hpp"

#include "protocol/base/hash.hpp"
#include "protocol/content/sha256_rounds.hpp"

#include <vector>

namespace ferry::content {

static_assert(sizeof(base::Hash256) == 32, "hashes lie in memory without gaps");

namespace {

void library_one(const std::uint8_t* messages, std::size_t message_bytes, base::Hash256* out) {
    *out = base::sha256(base::ByteView{messages, message_bytes});
}

std::vector<Sha256Engine> find_engines() {
    std::vector<Sha256Engine> engines;
#ifdef FERRY_SHA256_X86
    if (avx512_available()) engines.push_back({"avx512", 16, avx512_sixteen});
    if (sha_ni_available()) {
        engines.push_back({"sha-ni x4", 4, sha_ni_four});
        engines.push_back({"sha-ni", 1, sha_ni_one});
    }
#endif
    engines.push_back({"library", 1, library_one});
    return engines;
}

}  // namespace

std::span<const Sha256Engine> sha256_engines() {
    static const std::vector<Sha256Engine> engines = find_engines();
    return engines;
}

void sha256_each(base::ByteView messages, std::size_t message_bytes, std::span<base::Hash256> out) {
    std::size_t done = 0;
    for (const Sha256Engine& engine : sha256_engines()) {
        while (out.size() - done >= engine.lanes && done < out.size()) {
            engine.run(messages.data() + done * message_bytes, message_bytes, out.data() + done);
            done += engine.lanes;
        }
    }
}

base::ByteView bytes_of_hashes(std::span<const base::Hash256> hashes) {
    return {reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size_bytes()};
}

}  // namespace ferry::content

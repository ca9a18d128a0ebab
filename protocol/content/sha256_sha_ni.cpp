// SHA-256 by the SHA instructions of x86-64. One message leaves them waiting for their own results; four
// interleaved ones do not.

#include "protocol/content/sha256_rounds.hpp"

#ifdef FERRY_SHA256_X86

#include <cpuid.h>
#include <immintrin.h>

#define FERRY_SHA_NI __attribute__((target("sha,sse4.1")))

namespace ferry::content {

namespace {

FERRY_SHA_NI inline __m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
FERRY_SHA_NI inline void store(void* to, __m128i value) {
    _mm_storeu_si128(static_cast<__m128i*>(to), value);
}

/// Between memory order and the order of 32-bit numbers, both ways.
FERRY_SHA_NI inline __m128i swap_bytes(__m128i value) {
    return _mm_shuffle_epi8(value, _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

/// The eight state words of each lane, in the halves that the instructions want: (a, b, e, f) and (c, d, g,
/// h).
template <std::size_t Lanes>
struct State {
    __m128i abef[Lanes];
    __m128i cdgh[Lanes];
};

/// One input of 64 bytes per lane; lane i reads at input + i * stride.
template <std::size_t Lanes>
FERRY_SHA_NI inline void compress(State<Lanes>& state, const std::uint8_t* input, std::size_t stride) {
    __m128i words[Lanes][4];
#pragma GCC unroll 4
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            words[lane][i] = swap_bytes(load(input + lane * stride + 16 * i));
    }
    State<Lanes> next = state;
#pragma GCC unroll 16
    for (std::size_t group = 0; group < 16; ++group) {
        const __m128i constants = load(&kSha256Rounds[4 * group]);
#pragma GCC unroll 4
        for (std::size_t lane = 0; lane < Lanes; ++lane) {
            __m128i& now = words[lane][group % 4];
            const __m128i second = words[lane][(group + 1) % 4];
            const __m128i third = words[lane][(group + 2) % 4];
            const __m128i fourth = words[lane][(group + 3) % 4];
            const __m128i sum = _mm_add_epi32(now, constants);
            next.cdgh[lane] = _mm_sha256rnds2_epu32(next.cdgh[lane], next.abef[lane], sum);
            next.abef[lane] =
                _mm_sha256rnds2_epu32(next.abef[lane], next.cdgh[lane], _mm_shuffle_epi32(sum, 0x0e));
            if (group < 12) {  // the four words that are used four groups later
                const __m128i part =
                    _mm_add_epi32(_mm_sha256msg1_epu32(now, second), _mm_alignr_epi8(fourth, third, 4));
                now = _mm_sha256msg2_epu32(part, fourth);
            }
        }
    }
#pragma GCC unroll 4
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
        state.abef[lane] = _mm_add_epi32(state.abef[lane], next.abef[lane]);
        state.cdgh[lane] = _mm_add_epi32(state.cdgh[lane], next.cdgh[lane]);
    }
}

FERRY_SHA_NI inline __m128i start_words(std::size_t a, std::size_t b, std::size_t e, std::size_t f) {
    const auto word = [](std::size_t i) { return static_cast<int>(kSha256Start[i]); };
    return _mm_set_epi32(word(a), word(b), word(e), word(f));
}

template <std::size_t Lanes>
FERRY_SHA_NI void hash_lanes(const std::uint8_t* messages, std::size_t message_bytes, base::Hash256* out) {
    State<Lanes> state;
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
        state.abef[lane] = start_words(0, 1, 4, 5);
        state.cdgh[lane] = start_words(2, 3, 6, 7);
    }
    for (std::size_t at = 0; at < message_bytes; at += kSha256Input)
        compress(state, messages + at, message_bytes);
    const auto padding = sha256_padding(message_bytes);
    compress(state, padding.data(), 0);
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
        const __m128i dcba = _mm_unpackhi_epi64(state.cdgh[lane], state.abef[lane]);
        const __m128i hgfe = _mm_unpacklo_epi64(state.cdgh[lane], state.abef[lane]);
        store(out[lane].data.data(), swap_bytes(_mm_shuffle_epi32(dcba, 0x1b)));
        store(out[lane].data.data() + 16, swap_bytes(_mm_shuffle_epi32(hgfe, 0x1b)));
    }
}

}  // namespace

bool sha_ni_available() {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kShaBit = 1U << 29U;
    const bool sha = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kShaBit) != 0;
    return sha && __builtin_cpu_supports("sse4.1") != 0;
}

void sha_ni_one(const std::uint8_t* messages, std::size_t message_bytes, base::Hash256* out) {
    hash_lanes<1>(messages, message_bytes, out);
}

void sha_ni_four(const std::uint8_t* messages, std::size_t message_bytes, base::Hash256* out) {
    hash_lanes<4>(messages, message_bytes, out);
}

}  // namespace ferry::content

#endif

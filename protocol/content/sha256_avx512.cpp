// SHA-256 of sixteen messages side by side, one per 32-bit lane of AVX-512: the sixteen blocks of a chunk in
// one pass.

#include "protocol/content/sha256_rounds.hpp"

#ifdef FERRY_SHA256_X86

#include <immintrin.h>

#define FERRY_AVX512 __attribute__((target("avx512f,avx512bw")))

namespace ferry::content {

namespace {

constexpr std::size_t kLanes = 16;

/// "Take every lane": the forms with a mask are used throughout, because GCC 12's header starts the other
/// ones from an uninitialised vector and warns of itself (GCC bug 105593). The code is the same.
constexpr __mmask16 kAll = 0xffff;
constexpr __mmask8 kAllWide = 0xff;

/// Truth tables of three-input functions, for vpternlogd.
constexpr int kXor = 0x96;
constexpr int kChoose = 0xca;
constexpr int kMajority = 0xe8;

FERRY_AVX512 inline __m512i add(__m512i a, __m512i b) {
    return _mm512_add_epi32(a, b);
}
FERRY_AVX512 inline __m512i add(__m512i a, __m512i b, __m512i c) {
    return add(add(a, b), c);
}

template <int A, int B, int C>
FERRY_AVX512 inline __m512i xor_of_rotations(__m512i x) {
    return _mm512_ternarylogic_epi32(_mm512_maskz_ror_epi32(kAll, x, A), _mm512_maskz_ror_epi32(kAll, x, B),
                                     _mm512_maskz_ror_epi32(kAll, x, C), kXor);
}

template <int A, int B, int Shift>
FERRY_AVX512 inline __m512i schedule_sigma(__m512i x) {
    return _mm512_ternarylogic_epi32(_mm512_maskz_ror_epi32(kAll, x, A), _mm512_maskz_ror_epi32(kAll, x, B),
                                     _mm512_maskz_srli_epi32(kAll, x, Shift), kXor);
}

/// From one lane's sixteen words per row to one word of all sixteen lanes per row.
FERRY_AVX512 inline void transpose(__m512i (&rows)[kLanes]) {
    __m512i step[kLanes];
    for (std::size_t i = 0; i < 16; i += 2) {
        step[i] = _mm512_maskz_unpacklo_epi32(kAll, rows[i], rows[i + 1]);
        step[i + 1] = _mm512_maskz_unpackhi_epi32(kAll, rows[i], rows[i + 1]);
    }
    for (std::size_t i = 0; i < 16; i += 4) {
        rows[i] = _mm512_maskz_unpacklo_epi64(kAllWide, step[i], step[i + 2]);
        rows[i + 1] = _mm512_maskz_unpackhi_epi64(kAllWide, step[i], step[i + 2]);
        rows[i + 2] = _mm512_maskz_unpacklo_epi64(kAllWide, step[i + 1], step[i + 3]);
        rows[i + 3] = _mm512_maskz_unpackhi_epi64(kAllWide, step[i + 1], step[i + 3]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        step[i] = _mm512_maskz_shuffle_i32x4(kAll, rows[i], rows[4 + i], 0x88);
        step[4 + i] = _mm512_maskz_shuffle_i32x4(kAll, rows[i], rows[4 + i], 0xdd);
        step[8 + i] = _mm512_maskz_shuffle_i32x4(kAll, rows[8 + i], rows[12 + i], 0x88);
        step[12 + i] = _mm512_maskz_shuffle_i32x4(kAll, rows[8 + i], rows[12 + i], 0xdd);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        rows[i] = _mm512_maskz_shuffle_i32x4(kAll, step[i], step[8 + i], 0x88);
        rows[8 + i] = _mm512_maskz_shuffle_i32x4(kAll, step[i], step[8 + i], 0xdd);
    }
}

/// One input per lane; lane i reads at input + i * stride.
FERRY_AVX512 inline void compress(__m512i (&state)[8], const std::uint8_t* input, std::size_t stride) {
    const __m512i big_endian = _mm512_maskz_broadcast_i32x4(
        kAll, _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
    __m512i words[kLanes];
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        words[lane] = _mm512_shuffle_epi8(_mm512_loadu_si512(input + lane * stride), big_endian);
    }
    transpose(words);

    // The variables a … h rotate by name, not by moves: in round r, a is v[(64 - r) % 8].
    __m512i v[8];
    for (std::size_t i = 0; i < 8; ++i)
        v[i] = state[i];
#pragma GCC unroll 64
    for (std::size_t r = 0; r < 64; ++r) {
        const __m512i a = v[(64 - r) % 8];
        const __m512i e = v[(68 - r) % 8];
        const __m512i choice = _mm512_ternarylogic_epi32(e, v[(69 - r) % 8], v[(70 - r) % 8], kChoose);
        const __m512i majority = _mm512_ternarylogic_epi32(a, v[(65 - r) % 8], v[(66 - r) % 8], kMajority);
        const __m512i constant = _mm512_set1_epi32(static_cast<int>(kSha256Rounds[r]));
        __m512i& d = v[(67 - r) % 8];
        __m512i& h = v[(71 - r) % 8];
        const __m512i sum = add(add(h, words[r % 16], constant), xor_of_rotations<6, 11, 25>(e), choice);
        d = add(d, sum);
        h = add(sum, xor_of_rotations<2, 13, 22>(a), majority);
        if (r < 48) {  // the word of sixteen rounds later
            __m512i& word = words[r % 16];
            word = add(add(word, words[(r + 9) % 16]), schedule_sigma<7, 18, 3>(words[(r + 1) % 16]),
                       schedule_sigma<17, 19, 10>(words[(r + 14) % 16]));
        }
    }
    for (std::size_t i = 0; i < 8; ++i)
        state[i] = add(state[i], v[i]);
}

}  // namespace

bool avx512_available() {
    // These also ask whether the operating system saves the wide registers.
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
}

FERRY_AVX512 void avx512_sixteen(const std::uint8_t* messages, std::size_t message_bytes,
                                 base::Hash256* out) {
    __m512i state[8];
    for (std::size_t i = 0; i < 8; ++i)
        state[i] = _mm512_set1_epi32(static_cast<int>(kSha256Start[i]));
    for (std::size_t at = 0; at < message_bytes; at += kSha256Input)
        compress(state, messages + at, message_bytes);
    const auto padding = sha256_padding(message_bytes);
    compress(state, padding.data(), 0);

    std::uint32_t words[8][kLanes];
    for (std::size_t i = 0; i < 8; ++i)
        _mm512_storeu_si512(words[i], state[i]);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        for (std::size_t i = 0; i < 32; ++i) {
            out[lane].data[i] = static_cast<std::uint8_t>(words[i / 4][lane] >> (24 - 8 * (i % 4)));
        }
    }
}

}  // namespace ferry::content

#endif

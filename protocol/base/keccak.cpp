#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "protocol/base/hash.hpp"

namespace ferry::base {
namespace {

constexpr std::size_t kRate = 136;  // bytes: 1600 bits less twice 256
constexpr std::uint8_t kPadding = 0x01;

constexpr std::array<std::uint64_t, 24> kRoundConstants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/// Lane (x, y) is at x + 5y.
using Lanes = std::array<std::uint64_t, 25>;

/// Chi on one row of five.
template <std::size_t Row>
inline void chi(Lanes& out, std::uint64_t b0, std::uint64_t b1, std::uint64_t b2, std::uint64_t b3, std::uint64_t b4) {
  out[Row * 5 + 0] = b0 ^ (~b1 & b2);
  out[Row * 5 + 1] = b1 ^ (~b2 & b3);
  out[Row * 5 + 2] = b2 ^ (~b3 & b4);
  out[Row * 5 + 3] = b3 ^ (~b4 & b0);
  out[Row * 5 + 4] = b4 ^ (~b0 & b1);
}

/// One round from `a` into `e`. Every index is a constant, so that both live in registers; a loop over lanes is seven times slower.
inline void round(const Lanes& a, Lanes& e, std::uint64_t constant) {
  const std::uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
  const std::uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
  const std::uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
  const std::uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
  const std::uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
  const std::uint64_t d0 = c4 ^ std::rotl(c1, 1);
  const std::uint64_t d1 = c0 ^ std::rotl(c2, 1);
  const std::uint64_t d2 = c1 ^ std::rotl(c3, 1);
  const std::uint64_t d3 = c2 ^ std::rotl(c4, 1);
  const std::uint64_t d4 = c3 ^ std::rotl(c0, 1);

  using std::rotl;
  chi<0>(e, a[0] ^ d0, rotl(a[6] ^ d1, 44), rotl(a[12] ^ d2, 43), rotl(a[18] ^ d3, 21), rotl(a[24] ^ d4, 14));
  chi<1>(e, rotl(a[3] ^ d3, 28), rotl(a[9] ^ d4, 20), rotl(a[10] ^ d0, 3), rotl(a[16] ^ d1, 45), rotl(a[22] ^ d2, 61));
  chi<2>(e, rotl(a[1] ^ d1, 1), rotl(a[7] ^ d2, 6), rotl(a[13] ^ d3, 25), rotl(a[19] ^ d4, 8), rotl(a[20] ^ d0, 18));
  chi<3>(e, rotl(a[4] ^ d4, 27), rotl(a[5] ^ d0, 36), rotl(a[11] ^ d1, 10), rotl(a[17] ^ d2, 15), rotl(a[23] ^ d3, 56));
  chi<4>(e, rotl(a[2] ^ d2, 62), rotl(a[8] ^ d3, 55), rotl(a[14] ^ d4, 39), rotl(a[15] ^ d0, 41), rotl(a[21] ^ d1, 2));
  e[0] ^= constant;
}

void permute(Lanes& state) {
  Lanes a = state;
  Lanes e{};
  for (std::size_t i = 0; i < kRoundConstants.size(); i += 2) {
    round(a, e, kRoundConstants[i]);
    round(e, a, kRoundConstants[i + 1]);
  }
  state = a;
}

std::uint64_t little_endian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

void absorb(Lanes& state, const std::uint8_t* block) {
  for (std::size_t i = 0; i < kRate / 8; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, block + i * 8, sizeof(word));
    state[i] ^= little_endian(word);
  }
  permute(state);
}

}  // namespace

Hash256 keccak256(ByteView bytes) {
  Lanes state{};
  for (; bytes.size() >= kRate; bytes = bytes.subspan(kRate)) absorb(state, bytes.data());

  std::array<std::uint8_t, kRate> last{};
  std::copy(bytes.begin(), bytes.end(), last.begin());
  last[bytes.size()] ^= kPadding;
  last[kRate - 1] ^= 0x80;
  absorb(state, last.data());

  Hash256 out;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t word = little_endian(state[i]);
    std::memcpy(out.data.data() + i * 8, &word, sizeof(word));
  }
  return out;
}

}  // namespace ferry::base

#include "channels/chain/faucet.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"

namespace ferry::chain {
namespace {

/// HMAC-SHA-256 with a key of 32 bytes. Source: RFC 2104.
base::Hash256 hmac(const base::Hash256& key, base::ByteView message) {
  constexpr std::size_t kHashBlock = 64;
  std::array<std::uint8_t, kHashBlock> inner{};
  std::array<std::uint8_t, kHashBlock> outer{};
  for (std::size_t i = 0; i < kHashBlock; ++i) {
    const std::uint8_t byte = i < key.data.size() ? key.data[i] : 0;
    inner[i] = byte ^ 0x36U;
    outer[i] = byte ^ 0x5cU;
  }
  return base::sha256(outer, base::sha256(inner, message).view());
}

std::uint32_t leading_zero_bits(const base::Hash256& hash) {
  std::uint32_t bits = 0;
  for (const std::uint8_t byte : hash.data) {
    bits += static_cast<std::uint32_t>(std::countl_zero(byte));
    if (byte != 0) break;
  }
  return bits;
}

bool solves(const base::Hash256& seed, std::uint64_t number, std::uint32_t difficulty_bits) {
  std::array<std::uint8_t, 40> input{};
  std::copy(seed.data.begin(), seed.data.end(), input.begin());
  for (std::size_t i = 0; i < 8; ++i) input[32 + i] = static_cast<std::uint8_t>(number >> (56U - 8U * i));
  return leading_zero_bits(base::sha256(input)) >= difficulty_bits;
}

}  // namespace

std::uint64_t FaucetGate::window_at(base::Time now) const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(now.unix_ms, 0) / std::max<std::int64_t>(terms_.window.count(), 1));
}

base::Hash256 FaucetGate::seed(const base::Address& account, std::uint64_t window) const {
  base::PackWriter message;
  message.text("Ferry faucet").address(account).number(window).number(terms_.difficulty_bits);
  return hmac(secret_, message.view());
}

FaucetChallenge FaucetGate::challenge(const base::Address& account, base::Time now) const {
  const auto window = window_at(now);
  return FaucetChallenge{account, window, terms_.difficulty_bits, seed(account, window)};
}

base::Result<void> FaucetGate::check(const FaucetProof& proof, base::Time now) const {
  const auto current = window_at(now);
  if (proof.window > current || current - proof.window > 1) {
    return base::fail(base::refusal("faucet_proof_stale", "the proof of work is too old: ask for a new challenge and solve that one"));
  }
  if (!solves(seed(proof.account, proof.window), proof.number, terms_.difficulty_bits)) {
    return base::fail(base::refusal("faucet_proof_wrong", "the proof of work does not solve the challenge of this account"));
  }
  return {};
}

base::Result<FaucetProof> solve(const FaucetChallenge& challenge, const std::function<bool()>& cancelled) {
  constexpr std::uint64_t kTriesPerQuestion = 1000;
  if (challenge.difficulty_bits > kMaxFaucetDifficultyBits) {
    return base::fail(base::refusal("faucet_too_hard", "the faucet asks for " + std::to_string(challenge.difficulty_bits) +
                                                           " bits of work, more than is reasonable: use another ledger"));
  }
  for (std::uint64_t number = 0;; ++number) {
    if (number % kTriesPerQuestion == 0 && cancelled && cancelled()) {
      return base::fail(base::refusal("faucet_cancelled", "the search for a proof of work was given up"));
    }
    if (solves(challenge.seed, number, challenge.difficulty_bits)) return FaucetProof{challenge.account, challenge.window, number};
  }
}

}  // namespace ferry::chain

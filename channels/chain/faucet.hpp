#pragma once
// Faucet: test money for a newcomer, against a small proof of work that makes taking it in bulk cost something. The ledger issues and
// checks challenges, clients solve them. FaucetGate and solve() are pure; who has already been given money is the ledger's to know.

#include <cstdint>
#include <functional>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

namespace ferry::chain {

struct FaucetTerms {
  base::Amount grant = base::Amount::btt(10'000);             ///< per account and UTC day
  base::Amount daily_total = base::Amount::btt(10'000'000);   ///< for all accounts per UTC day
  std::uint32_t difficulty_bits = 18;                         ///< 2^bits hashes on average: some tens of milliseconds for 18
  base::Duration window = std::chrono::minutes(10);           ///< how long a challenge is new; it is taken for one window more
};

/// The work: find a number so that SHA-256(seed ‖ number as 8 bytes, big-endian) begins with `difficulty_bits` zero bits.
struct FaucetChallenge {
  base::Address account;
  std::uint64_t window = 0;  ///< which stretch of time it belongs to
  std::uint32_t difficulty_bits = 0;
  base::Hash256 seed;
};

struct FaucetProof {
  base::Address account;
  std::uint64_t window = 0;
  std::uint64_t number = 0;
};

/// More than this a client does not work for: about ten seconds.
inline constexpr std::uint32_t kMaxFaucetDifficultyBits = 26;

/// The faucet of a chain. Calls block, as those of ChainBackend.
class Faucet {
 public:
  virtual ~Faucet() = default;
  virtual Outcome<FaucetChallenge> challenge(const base::Address& account) = 0;
  /// Gives what it says it gave. Refusals: "faucet_closed" (there is none), "faucet_proof_wrong", "faucet_proof_stale", "faucet_used" (this
  /// account was given money today), "faucet_dry" (the day's total is spent).
  virtual Outcome<base::Amount> redeem(const FaucetProof& proof) = 0;
};

/// Makes and checks challenges without remembering them: the seed is an HMAC of account, window and difficulty.
class FaucetGate {
 public:
  FaucetGate(const FaucetTerms& terms, const base::Hash256& secret) : terms_(terms), secret_(secret) {}
  FaucetChallenge challenge(const base::Address& account, base::Time now) const;
  /// One hash more than a challenge costs, whatever the proof. Refusals "faucet_proof_stale", "faucet_proof_wrong".
  base::Result<void> check(const FaucetProof& proof, base::Time now) const;

 private:
  std::uint64_t window_at(base::Time now) const;
  base::Hash256 seed(const base::Address& account, std::uint64_t window) const;

  FaucetTerms terms_;
  base::Hash256 secret_;
};

/// Searches from 0 upwards and asks `cancelled` every thousand tries. Errors: refusal "faucet_too_hard" (above kMaxFaucetDifficultyBits),
/// "faucet_cancelled".
base::Result<FaucetProof> solve(const FaucetChallenge& challenge, const std::function<bool()>& cancelled);

}  // namespace ferry::chain

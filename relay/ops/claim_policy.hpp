#pragma once
// ClaimPolicy: which claims are worth their fee, and when what was claimed is settled. Pure: facts in, decisions with their reasons out.
// Source: docs/payments.md, "When a relay claims".

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"

namespace ferry::relay {

struct ClaimTerms {
  std::uint32_t worth = 50;                        ///< a row is claimed when it brings so many times what it costs
  std::uint32_t worth_when_old = 5;                ///< … and when it waits for long, its channel is nearly used up, or the relay stops
  base::Duration old_after{std::chrono::hours{24 * 7}};
  std::uint32_t settle_worth = 100;                ///< claimed money is settled when it is so many times what that costs
  base::Duration settle_every{std::chrono::hours{24 * 7}};  ///< … and so often in any case, if it is worth its cost
};

/// In the units in which channels hold money. All zero on a ledger without fees: then everything is worth its cost.
struct ClaimCosts {
  base::Amount per_claim;  ///< of a claim, however few rows it has
  base::Amount per_row;    ///< what each row adds
  base::Amount settle;

  base::Amount of_rows(std::size_t rows) const;
};

enum class Occasion : std::uint8_t { routine, asked, stopping };  ///< asked: by the operator

enum class ClaimReason : std::uint8_t {
  // claimed
  withdrawal,   ///< the payer withdraws: now or never
  worth,        ///< brings many times its cost
  old,          ///< has waited for long
  nearly_used,  ///< the channel cannot earn much more
  stopping,     ///< the relay stops
  asked,        ///< the operator wants it
  // not claimed
  dust,         ///< brings less than it costs
  waits,        ///< brings more than it costs, but not enough more yet
  batch_small,  ///< with all others together it does not pay for the claim
  refused,      ///< the ledger refused it as it is now
};
std::string_view to_string(ClaimReason reason);
constexpr bool is_claimed(ClaimReason reason) { return reason < ClaimReason::dust; }

/// What is known of a channel from which a claim would bring something.
struct ClaimCandidate {
  base::ChannelId channel;
  base::Amount brings;
  base::Time since;      ///< when the first of it was charged; zero: not known, counts as old
  bool withdrawing = false;
  base::Amount left;     ///< of the balance, not charged yet
  base::Amount window;   ///< the payer's credit
  bool refused = false;  ///< by the ledger, and nothing has changed since
};

struct ClaimDecision {
  base::ChannelId channel;
  base::Amount brings;
  base::Amount costs;  ///< its row, and its share of the claim's fixed part if it is claimed
  ClaimReason reason{};
};

/// One decision for each candidate: those whose payer withdraws first, then those that bring most. Claimed rows, in batches of `batch` in this order, never cost more than they
/// bring: neither any row nor any batch.
std::vector<ClaimDecision> decide_claims(const ClaimTerms& terms, const ClaimCosts& costs, const std::vector<ClaimCandidate>& candidates,
                                         Occasion occasion, base::Time now, std::size_t batch);

enum class SettleReason : std::uint8_t { nothing, too_little, worth, due, asked };
std::string_view to_string(SettleReason reason);
constexpr bool is_settled(SettleReason reason) { return reason >= SettleReason::worth; }

/// `settled_at`: the last time, or when there was first something to settle.
SettleReason decide_settle(const ClaimTerms& terms, const ClaimCosts& costs, base::Amount unsettled, base::Time settled_at, Occasion occasion,
                           base::Time now);

}  // namespace ferry::relay

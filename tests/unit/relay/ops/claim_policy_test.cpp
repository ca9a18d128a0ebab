#include "relay/ops/claim_policy.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace ferry;
using namespace ferry::relay;

namespace {

using namespace std::chrono_literals;

constexpr base::Time kNow = base::Time::from_seconds(1'700'000'000);
constexpr ClaimTerms kTerms;

base::Amount units(std::uint64_t count) { return base::Amount::from_units(count); }

const ClaimCosts kCosts{units(40), units(20), units(70)};

base::ChannelId channel(std::uint8_t number) {
  base::ChannelId id;
  id.data[31] = number;
  return id;
}

/// Young, far from used up.
ClaimCandidate row(std::uint8_t number, std::uint64_t brings) {
  ClaimCandidate candidate;
  candidate.channel = channel(number);
  candidate.brings = units(brings);
  candidate.since = kNow + -1h;
  candidate.left = units(1'000'000);
  candidate.window = units(10);
  return candidate;
}

ClaimReason alone(const ClaimCandidate& candidate, Occasion occasion = Occasion::routine, const ClaimCosts& costs = kCosts) {
  return decide_claims(kTerms, costs, {candidate}, occasion, kNow, 50).front().reason;
}

}  // namespace

TEST_CASE("claim policy: a row is claimed when it brings fifty times its cost") {
  CHECK(alone(row(1, 1000)) == ClaimReason::worth);
  CHECK(alone(row(1, 999)) == ClaimReason::waits);
  CHECK(alone(row(1, 20)) == ClaimReason::waits);
  CHECK(alone(row(1, 19)) == ClaimReason::dust);
}

TEST_CASE("claim policy: what is old, nearly used up, or the last of a relay that stops needs five times its cost") {
  auto old = row(1, 100);
  old.since = kNow + -24h * 7 + -1ms;
  CHECK(alone(old) == ClaimReason::old);
  old.since = kNow + -24h * 7;
  CHECK(alone(old) == ClaimReason::waits);
  old.since = base::Time{};
  CHECK(alone(old) == ClaimReason::old);
  old.brings = units(99);
  CHECK(alone(old) == ClaimReason::waits);

  auto used = row(1, 100);
  used.left = units(19);
  CHECK(alone(used) == ClaimReason::nearly_used);
  used.left = units(20);
  CHECK(alone(used) == ClaimReason::waits);

  CHECK(alone(row(1, 100), Occasion::stopping) == ClaimReason::stopping);
  CHECK(alone(row(1, 99), Occasion::stopping) == ClaimReason::waits);
}

TEST_CASE("claim policy: a withdrawal and the operator need only that it pays") {
  auto leaving = row(1, 60);
  leaving.withdrawing = true;
  CHECK(alone(leaving) == ClaimReason::withdrawal);
  leaving.brings = units(59);  // the row would pay, the claim would not
  CHECK(alone(leaving) == ClaimReason::batch_small);
  leaving.brings = units(19);
  CHECK(alone(leaving) == ClaimReason::dust);
  CHECK(alone(row(1, 60), Occasion::asked) == ClaimReason::asked);
  CHECK(alone(row(1, 59), Occasion::asked) == ClaimReason::batch_small);
}

TEST_CASE("claim policy: what the ledger refused is left until something changes") {
  auto refused = row(1, 100'000);
  refused.refused = true;
  CHECK(alone(refused) == ClaimReason::refused);
  CHECK(alone(refused, Occasion::asked) == ClaimReason::refused);
}

TEST_CASE("claim policy: without fees everything is claimed at once") {
  CHECK(alone(row(1, 1), Occasion::routine, ClaimCosts{}) == ClaimReason::worth);
}

TEST_CASE("claim policy: the most valuable come first, and no batch costs more than it brings") {
  std::vector<ClaimCandidate> rows;
  for (std::uint8_t number = 1; number <= 5; ++number) {
    rows.push_back(row(number, number == 3 ? 21 : 20U + 2U * number));
    rows.back().withdrawing = true;
  }
  // 30, 28 | 24, 22 | 21: a claim of two costs 80.
  const auto none = decide_claims(kTerms, kCosts, rows, Occasion::routine, kNow, 2);
  REQUIRE(none.size() == 5);
  CHECK(none[0].channel == channel(5));
  CHECK(none[4].channel == channel(3));
  for (const auto& decision : none) CHECK(decision.reason == ClaimReason::batch_small);
  // A dear one carries another that would not pay for a claim of its own.
  rows[0].brings = units(60);
  const auto some = decide_claims(kTerms, kCosts, rows, Occasion::routine, kNow, 2);
  CHECK(some[0].channel == channel(1));
  CHECK(some[0].reason == ClaimReason::withdrawal);
  CHECK(some[0].costs == units(40));
  CHECK(some[1].reason == ClaimReason::withdrawal);
  CHECK(some[2].reason == ClaimReason::batch_small);
}

TEST_CASE("claim policy: settled is what is a hundred times the cost, weekly, or when asked; never at a loss") {
  const auto decided = [](std::uint64_t unsettled, base::Duration ago, Occasion occasion) {
    return decide_settle(kTerms, kCosts, units(unsettled), kNow + -ago, occasion, kNow);
  };
  CHECK(decided(0, 24h * 30, Occasion::asked) == SettleReason::nothing);
  CHECK(decided(69, 24h * 30, Occasion::asked) == SettleReason::too_little);
  CHECK(decided(7000, 1h, Occasion::routine) == SettleReason::worth);
  CHECK(decided(6999, 1h, Occasion::routine) == SettleReason::too_little);
  CHECK(decided(70, 1h, Occasion::asked) == SettleReason::asked);
  CHECK(decided(70, 24h * 7, Occasion::routine) == SettleReason::due);
  CHECK(decided(70, 24h * 7 - 1ms, Occasion::stopping) == SettleReason::too_little);
  CHECK(decide_settle(kTerms, {}, units(1), kNow, Occasion::routine, kNow) == SettleReason::worth);
}

TEST_CASE("claim policy: every reason has a name") {
  std::map<std::string_view, int> names;
  for (int reason = 0; reason <= static_cast<int>(ClaimReason::refused); ++reason) ++names[to_string(static_cast<ClaimReason>(reason))];
  CHECK(names.size() == 10);
  CHECK_FALSE(names.contains("unknown"));
}

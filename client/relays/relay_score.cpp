#include "client/relays/relay_score.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace ferry::client {

namespace {

constexpr double kNewest = 0.2;  ///< of the newest measurement in the mean
constexpr double kLeastWeight = 0.01;
/// For what is not known of a relay otherwise known: 50 Mbit/s, a first byte after a third of a second.
constexpr double kUsualBytesPerSecond = 6.25e6;
constexpr double kUsualFirstByte = 0.3;
constexpr double kUsualOriginSeconds = 0.15;  ///< of that, what is not the way to the relay
constexpr double kUnknownSpeed = 0.5;
/// What must come before a request: a connection with its proofs and the channel's name; an offer and a deposit on the relay's own ledger; one on a chain.
constexpr double kDialTrips = 5;
constexpr double kOpeningTrips = 6;
constexpr double kLockingSeconds = 0.2;  ///< and money that is locked then
constexpr double kOpeningOnChainSeconds = 60;
/// Where the round trip is not known.
constexpr double kUsualRoundTrip = 0.08;
/// Nobody feels the difference between two that are faster.
constexpr double kQuickEnough = 0.02;

std::string fixed(double value, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return {text, static_cast<std::size_t>(std::max(length, 0))};
}

void blend(std::optional<double>& mean, double value) { mean = mean ? *mean + kNewest * (value - *mean) : value; }

double as_number(base::Amount amount) { return std::strtod(amount.to_btt().c_str(), nullptr); }

/// From 0 to 1: how near to the fastest.
double speed_of(const RelayScore& score, const RelayNeed& need, const Standing& standing) {
  const auto takes = seconds_of(score, need, standing);
  if (!takes) return kUnknownSpeed * kUsualFirstByte / (kUsualFirstByte + standing.seconds_to_ask(std::nullopt));
  return std::min(1.0, std::max(need.quickest_seconds, kQuickEnough) / std::max(*takes, kQuickEnough));
}

/// From 0 to 1: e to the power of minus what it costs, in usual prices, above the cheapest thinkable.
double price_of(const RelayScore& score, const RelayNeed& need) {
  const double usual = as_number(need.usual_per_mib);
  if (!score.miss_per_mib || usual <= 0) return std::exp(-1.0);
  return std::exp(-as_number(*score.miss_per_mib) / usual);
}

}  // namespace

void Reliability::add(bool good, double kept) {
  good_ = 1 + (good_ - 1) * kept;
  bad_ = 1 + (bad_ - 1) * kept;
  (good ? good_ : bad_) += 1;
}

double Reliability::lower_bound() const {
  const double sum = good_ + bad_;
  return std::max(0.0, mean() - std::sqrt(good_ * bad_ / (sum * sum * (sum + 1))));
}

bool Reliability::restore(double good, double bad) {
  if (!std::isfinite(good) || !std::isfinite(bad) || good < 1 || bad < 1) return false;
  good_ = good;
  bad_ = bad;
  return true;
}

void RelayScore::lied() {
  for (int i = 0; i < static_cast<int>(kLieWeight); ++i) correctness.add(false, kKeptCorrectness);
}

void RelayScore::first_byte_after(double seconds) { blend(first_byte_seconds, seconds); }

/// The mean is of what a byte takes: of rates, chunks that come in one burst would make the most.
void RelayScore::brought(std::uint64_t bytes, double seconds) {
  if (seconds <= 0 || bytes == 0) return;
  auto per_byte = bytes_per_second ? std::optional(1 / *bytes_per_second) : std::nullopt;
  blend(per_byte, seconds / static_cast<double>(bytes));
  bytes_per_second = 1 / *per_byte;
}

void RelayScore::welcomed_after(double seconds) { blend(round_trip_seconds, seconds); }

double Standing::seconds_to_ask(const std::optional<double>& round_trip_seconds) const {
  const double round_trip = round_trip_seconds.value_or(kUsualRoundTrip);
  double seconds = 0;
  if (!has_session) seconds += kDialTrips * round_trip;
  if (!has_channel) seconds += opens_on_chain ? kOpeningOnChainSeconds : kLockingSeconds + kOpeningTrips * round_trip;
  return seconds;
}

std::optional<double> seconds_of(const RelayScore& score, const RelayNeed& need, const Standing& standing) {
  const auto& round_trip = score.round_trip_seconds;
  if (!score.first_byte_seconds && !score.bytes_per_second && !round_trip) return std::nullopt;
  const double usual_first_byte = round_trip ? *round_trip + kUsualOriginSeconds : kUsualFirstByte;
  const double bytes = static_cast<double>(need.bytes);
  return standing.seconds_to_ask(round_trip) + score.first_byte_seconds.value_or(usual_first_byte) + bytes / std::max(score.bytes_per_second.value_or(kUsualBytesPerSecond), 1.0);
}

double weight_of(const RelayScore& score, const RelayNeed& need, const Standing& standing) {
  const double reliable = score.correctness.lower_bound() * score.availability.lower_bound();
  const double best = std::exp(-0.5);  // at half the usual price, as good as it gets
  return std::clamp(price_of(score, need) / best * reliable * reliable * speed_of(score, need, standing), kLeastWeight, 1.0);
}

std::string describe(const RelayScore& score, const RelayNeed& need, const Standing& standing) {
  const auto weight = std::string(standing.has_channel ? "" : "no channel with it yet, opening one takes a while; ") + "weight " + fixed(weight_of(score, need, standing), 2);
  if (score.is_new()) return "new: nothing is known of it yet; " + weight;
  const double lies = score.correctness.bad() - 1;
  const auto seen = fixed(score.correctness.experience(), 0);
  std::string text = "correctness " + fixed(score.correctness.lower_bound(), 2) + ": ";
  text += lies < 0.5 ? "all of " + seen + " chunks were right"
                     : "it lied; a lie weighs as " + fixed(RelayScore::kLieWeight, 0) + " chunks, and " + fixed(lies, 0) + " of " + seen + " are not forgotten";
  text += "; availability " + fixed(score.availability.lower_bound(), 2) + ": it answered " + fixed(score.availability.seen_good() * 100, 0) + " % of the last requests; ";
  if (score.round_trip_seconds) text += fixed(*score.round_trip_seconds * 1000, 0) + " ms away, ";
  text += score.first_byte_seconds ? "first byte after " + fixed(*score.first_byte_seconds * 1000, 0) + " ms, " : "first byte not known, ";
  text += score.bytes_per_second ? fixed(*score.bytes_per_second / 1e6, 1) + " MB/s; " : "speed not known; ";
  return text + (score.miss_per_mib ? score.miss_per_mib->to_btt() + " BTT per MiB; " : "price not known; ") + weight;
}

}  // namespace ferry::client

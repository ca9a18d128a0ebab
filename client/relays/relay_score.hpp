#pragma once
// RelayScore: what a client's own experience says of one relay, as three figures that never mix: is what it says right (correctness), does it answer
// (availability), how fast is it (speed). Old experience fades. Pure.
// Source of the method: Beta counters with forgetting, a lower bound rather than the mean, so that little experience is not taken for good.

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/base/amount.hpp"

namespace ferry::client {

/// Successes and failures, each weighted by its age in events.
class Reliability {
 public:
  /// One unit of experience, good or bad; before it, what was known fades by `kept`.
  void add(bool good, double kept);

  double mean() const { return good_ / (good_ + bad_); }
  /// What is at least to be expected: the mean less one standard deviation of the Beta distribution.
  double lower_bound() const;
  /// The share of good ones in what was seen; 1 where nothing was.
  double seen_good() const { return experience() > 0 ? (good_ - 1) / experience() : 1; }
  /// Units of experience that still count, beyond the one good and one bad that everybody begins with.
  double experience() const { return good_ + bad_ - 2; }

  double good() const { return good_; }
  double bad() const { return bad_; }
  /// From a file. False, and nothing changes, unless both are at least 1 and finite.
  bool restore(double good, double bad);

 private:
  double good_ = 1;
  double bad_ = 1;
};

struct RelayScore {
  /// A relay's lie costs so much that a hundred right chunks do not hide it; a failure to answer is forgotten sooner.
  static constexpr double kKeptCorrectness = 0.999;
  static constexpr double kKeptAvailability = 0.95;
  static constexpr double kLieWeight = 50;

  Reliability correctness;
  Reliability availability;
  std::optional<double> first_byte_seconds;  ///< from a request to its head, lately
  std::optional<double> bytes_per_second;    ///< while chunks came, lately
  std::optional<double> round_trip_seconds;  ///< to its welcome, lately
  std::optional<base::Amount> miss_per_mib;  ///< of its last quote
  std::optional<base::Amount> hit_per_mib;

  void chunk_was_right() { correctness.add(true, kKeptCorrectness); }
  void lied();
  void answered(bool did) { availability.add(did, kKeptAvailability); }
  void first_byte_after(double seconds);
  void brought(std::uint64_t bytes, double seconds);
  void welcomed_after(double seconds);

  /// It has brought nothing yet, and has not failed to answer.
  bool is_new() const { return correctness.experience() < 1 && availability.bad() < 1.5; }
};

/// What a fetch of about `bytes` needs of a relay.
struct RelayNeed {
  std::uint64_t bytes = std::uint64_t{1} << 20U;
  base::Amount usual_per_mib;   ///< of the relays to choose from: what cost is compared with
  double quickest_seconds = 0;  ///< that the fastest of them takes: what speed is compared with; 0: none is known
};

/// What is there already of what a request needs. As it is: all.
struct Standing {
  bool has_session = true;
  bool has_channel = true;      ///< with money in it
  bool opens_on_chain = false;  ///< a channel that is missing may have to be opened on a chain

  /// Until a request can go out: a guess, the better when the round trip is known.
  double seconds_to_ask(const std::optional<double>& round_trip_seconds) const;
};

/// From now to the last of need.bytes, after what is known; nullopt: nothing is.
std::optional<double> seconds_of(const RelayScore& score, const RelayNeed& need, const Standing& standing = {});

/// How much a relay is worth being chosen: below its price by e for each usual price that it costs, with its reliability squared, in the proportion
/// in which it is slower than the fastest; never below a hundredth of a perfect one, so that a new one gets its chance. Units: none, from 0.01 to 1.
double weight_of(const RelayScore& score, const RelayNeed& need, const Standing& standing = {});

/// The three figures and the weight in words, for `ferry relays --why`.
std::string describe(const RelayScore& score, const RelayNeed& need, const Standing& standing = {});

/// What a choice looks at.
struct Candidate {
  RelayScore score;
  Standing standing = {};
};

}  // namespace ferry::client

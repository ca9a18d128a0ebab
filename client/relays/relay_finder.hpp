#pragma once
// RelayFinder: asks relays for others, and who of them holds an object: two of them each time, so that no one of them can hide the rest. Whom it asks:
// relays that were named, then those of the names in DNS, then those that were found before. Threads: the loop's.

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "client/relays/known_relays.hpp"

namespace ferry::client {

class RelayFinder {
 public:
  /// Relays that must answer; so many are asked at most; so long it takes at most; and then nothing is asked for so long.
  static constexpr std::size_t kAnswers = 2;
  static constexpr std::size_t kAskedAtMost = 8;
  static constexpr base::Duration kLongest{6'000};
  static constexpr base::Duration kAgain = std::chrono::minutes(10);
  /// That one answer may name as holders of an object; who lies costs a refused request.
  static constexpr std::uint32_t kHolders = 8;

  RelayFinder(Core& core, KnownRelays& relays);
  ~RelayFinder();
  RelayFinder(const RelayFinder&) = delete;
  RelayFinder& operator=(const RelayFinder&) = delete;

  /// `done` is called when relays have answered, when nobody is left to ask, or when it takes too long: at once where that was so lately, or where
  /// finding is off. May call back from inside.
  void find(std::function<void()> done);
  /// Calls back with relays that are said to hold the object with this root, in the order in which they were told; none where finding is off. A
  /// question takes the relays a second or more, unless they were asked lately. May call back from inside.
  void find_holders(const base::Hash256& root, std::function<void(const std::vector<Relay*>& holders)> done);

 private:
  class Round;

  Core& core_;
  KnownRelays& relays_;
  std::shared_ptr<Round> round_;  ///< null: none runs
  std::set<std::shared_ptr<Round>> holder_rounds_;
  base::Time found_at_{};
};

}  // namespace ferry::client

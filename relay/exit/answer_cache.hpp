#pragma once
// The resolver's memory: names and what became of asking for them, each until a time, no more than a fixed number of names. Reads no
// clock.

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/base/result.hpp"
#include "relay/exit/resolver.hpp"

namespace ferry::relay::exit {

/// Threads: one. When full, the name that was asked for longest ago goes.
class AnswerCache {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Outcome = base::Result<Addresses>;

  explicit AnswerCache(std::size_t max_entries) : max_entries_(max_entries) {}

  /// nullopt when nothing is known, or no longer.
  std::optional<Outcome> find(const std::string& name, TimePoint now);

  /// Keeps `outcome` before `until`; replaces what was kept for `name`.
  void put(const std::string& name, Outcome outcome, TimePoint until);

  std::size_t size() const { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    Outcome outcome;
    TimePoint until;
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry);

  std::size_t max_entries_;
  Entries entries_;  ///< last asked for first
  std::unordered_map<std::string, Entries::iterator> by_name_;
};

}  // namespace ferry::relay::exit

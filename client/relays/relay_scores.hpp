#pragma once
// RelayScores: the score of every relay that this client has dealt with, by address, kept in the data directory. What happened is noted by who saw it:
// connections by Relay, chunks and lies by fetches and tunnels.
// Threads: the loop's, after load().

#include <map>
#include <string>

#include "client/loop/saved_text.hpp"
#include "client/relays/relay_score.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

class RelayScores {
 public:
  static constexpr std::size_t kMaxScores = 4096;
  /// Between two writes: losing a few seconds of experience loses nothing.
  static constexpr base::Duration kWriteEvery{5'000};

  RelayScores(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock);
  RelayScores(const RelayScores&) = delete;
  RelayScores& operator=(const RelayScores&) = delete;

  /// A file that cannot be read is as good as none. Before the loop knows this.
  void load();
  /// Of a relay that nothing is known of: a new one.
  RelayScore find(const base::Address& relay) const;
  /// For a change. Lifetime: until the next call.
  RelayScore& of(const base::Address& relay);
  /// Writes what has changed since the last time.
  void flush();

 private:
  struct Entry {
    RelayScore score;
    base::Time used;
  };
  std::string to_json() const;
  void forget_oldest();

  SavedText saved_;
  Clock clock_;
  base::Time written_;
  bool changed_ = false;
  std::map<base::Address, Entry> scores_;
};

}  // namespace ferry::client

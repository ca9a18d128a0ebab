#pragma once
// RelayMarks: relays that lied about content or money, by address, for a day. They are tried after all others. Kept in the data directory.
// Threads: the loop's, after load().

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "client/announcer.hpp"
#include "client/loop/saved_text.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

struct RelayMark {
  std::string code;  ///< of the fault
  base::Time until;
};

class RelayMarks {
 public:
  static constexpr base::Duration kMarked = std::chrono::hours(24);
  static constexpr std::size_t kMaxMarks = 1024;
  static constexpr int kMostDifferences = 3;  ///< in a run of the client

  RelayMarks(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock);
  RelayMarks(const RelayMarks&) = delete;
  RelayMarks& operator=(const RelayMarks&) = delete;

  /// A file that cannot be read is as good as none: marks are a convenience. Before the loop knows this.
  void load();
  void mark(const base::Address& relay, const std::string& code);
  /// It was outvoted about what it has, without a proof that it lied: the origin may have answered it differently. After some of these it is marked
  /// "outvoted".
  void note_difference(const base::Address& relay);
  /// nullopt when there is none, or its day is over.
  std::optional<RelayMark> find(const base::Address& relay) const;

 private:
  std::string to_json() const;

  SavedText saved_;
  Clock clock_;
  std::map<base::Address, RelayMark> marks_;
  std::map<base::Address, int> differences_;
};

}  // namespace ferry::client

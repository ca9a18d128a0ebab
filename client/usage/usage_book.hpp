#pragma once
// UsageBook: what was spent and carried through the local proxy: this hour, today, today per app, host and relay, and by the minute for the last
// hour. Hours and days are those of UTC. For limits that survive a restart and for the status page; what is owed stands in the payer's book.
// Pure; time is an argument.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/amount.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

struct Usage {
  base::Amount spent;
  std::uint64_t down_bytes = 0;  ///< towards this machine
  std::uint64_t up_bytes = 0;

  void add(const Usage& more);
  friend bool operator==(const Usage&, const Usage&) = default;
};

struct UsageRow {
  std::string name;
  Usage usage;
  friend bool operator==(const UsageRow&, const UsageRow&) = default;
};

struct MinuteUsage {
  std::int64_t minute = 0;  ///< since 1970
  Usage usage;
  friend bool operator==(const MinuteUsage&, const MinuteUsage&) = default;
};

/// The usage of each name of one kind. When there are too many, the one that spent least joins the rest.
class UsageTable {
 public:
  static constexpr std::size_t kMaxRows = 256;

  /// Precondition: `name` is bounded_name() of something.
  void note(const std::string& name, const Usage& usage);
  /// Zero when it is not known. Of kRest: all that has no row of its own.
  Usage of(const std::string& name) const;
  /// Dearest first; the rest last, when there is one.
  std::vector<UsageRow> rows() const;
  void clear();

 private:
  std::map<std::string, Usage> rows_;
  Usage rest_;
};

class UsageBook {
 public:
  static constexpr std::string_view kRest = "other";
  static constexpr std::size_t kMaxNameBytes = 320;  ///< a relay's reference with the longest host
  static constexpr std::size_t kMinutes = 60;
  static constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20U;

  /// Rolls over to the hour and day of `now`. A clock that goes back, by up to an hour or a day, changes nothing.
  void advance(base::Time now);
  /// advance(), then counts. Names may be anything; an empty one is "unnamed".
  void note(std::string_view app, std::string_view host, std::string_view relay, const Usage& usage, base::Time now);

  /// As of the last advance() or note(), since 1970.
  std::int64_t hour() const { return hour_; }
  std::int64_t day() const { return day_; }
  const Usage& this_hour() const { return this_hour_; }
  const Usage& today() const { return today_; }
  /// Today's.
  const UsageTable& apps() const { return apps_; }
  const UsageTable& hosts() const { return hosts_; }
  const UsageTable& relays() const { return relays_; }
  /// The last of kMinutes is that of `now`; those in which nothing happened are there too.
  std::vector<MinuteUsage> last_hour(base::Time now) const;

  /// One line of JSON, for parse().
  std::string text() const;
  /// Strict. Refusal code: "usage_text": not what text() wrote.
  static base::Result<UsageBook> parse(std::string_view text);

  /// How a name is kept and shown: printable ASCII, at most kMaxNameBytes, never empty.
  static std::string bounded_name(std::string_view name);

 private:
  std::int64_t hour_ = 0;
  std::int64_t day_ = 0;
  Usage this_hour_;
  Usage today_;
  UsageTable apps_;
  UsageTable hosts_;
  UsageTable relays_;
  std::array<MinuteUsage, kMinutes> minutes_{};  ///< at minute % kMinutes
};

}  // namespace ferry::client

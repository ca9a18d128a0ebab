#pragma once
// UsageFile: keeps a UsageBook in a file of the data directory (mode 0600), written whole, at most once a second and at the end. What a crash
// takes is at most what was counted since; it is no more owed for that.
// Threads: the loop's, after load().

#include <filesystem>
#include <optional>

#include "client/announcer.hpp"
#include "client/loop/loop.hpp"
#include "client/loop/timer.hpp"
#include "client/usage/usage_book.hpp"

namespace ferry::client {

class UsageFile {
 public:
  static constexpr base::Duration kPause{1'000};

  /// Lifetime: `loop` and `book` outlive this, and this the loop's thread.
  UsageFile(Loop& loop, std::filesystem::path file, Announcer announcer, UsageBook& book);
  UsageFile(const UsageFile&) = delete;
  UsageFile& operator=(const UsageFile&) = delete;

  /// Fills the book. A file that makes no sense is renamed to "….broken", with a warning, and counting starts at nothing. Blocks; before the
  /// loop knows this.
  void load();
  /// The book changed: it is written within kPause.
  void changed();
  /// Writes what is not written, then calls `done`; no changed() after it.
  void stop(Task done);

 private:
  void save();
  void saved(const base::Result<void>& outcome);

  Loop& loop_;
  std::filesystem::path file_;
  Announcer announcer_;
  UsageBook& book_;
  std::optional<Timer> pause_;  ///< made on the loop
  bool changed_ = false;
  bool saving_ = false;
  bool failing_ = false;  ///< told once
  Task when_stopped_;
};

}  // namespace ferry::client

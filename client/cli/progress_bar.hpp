#pragma once
// ProgressBar: one line on a terminal that tells how far a download is, how fast, what it has cost and when it will be done. Draws nothing when
// standard error is no terminal.

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

namespace ferry::cli {

struct ProgressFacts {
  std::uint64_t done = 0;
  std::int64_t total = -1;  ///< -1: not known
  std::string charged;      ///< BTT
};

/// "12.3 MiB", "512 B".
std::string human_bytes(std::uint64_t bytes);
/// "0:07", "1:02:03".
std::string human_seconds(std::uint64_t seconds);

/// The line itself, at most `columns` wide; `bytes_per_second` 0 when unknown.
std::string draw(const ProgressFacts& facts, std::uint64_t bytes_per_second, std::size_t columns);

class ProgressBar {
 public:
  explicit ProgressBar(bool enabled);
  /// Redraws, at most ten times a second.
  void show(const ProgressFacts& facts);
  /// Removes the line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t speed() const;

  bool enabled_;
  bool drawn_ = false;
  Clock::time_point last_drawn_{};
  struct Sample {
    Clock::time_point at;
    std::uint64_t done;
  };
  std::deque<Sample> samples_;  // the last seconds
};

}  // namespace ferry::cli

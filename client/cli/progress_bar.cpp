#include "client/cli/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace ferry::cli {

namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kSpeedWindow{5};
constexpr std::size_t kBarWidth = 20;

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t whole = bytes;
  std::uint64_t rest = 0;
  while (whole >= 1024 && unit + 1 < kUnits.size()) {
    rest = whole % 1024;
    whole /= 1024;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} B", whole);
  return fmt::format("{}.{} {}", whole, rest * 10 / 1024, kUnits[unit]);
}

std::string human_seconds(std::uint64_t seconds) {
  if (seconds >= 3600) return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string draw(const ProgressFacts& facts, std::uint64_t bytes_per_second, std::size_t columns) {
  const auto speed = bytes_per_second == 0 ? std::string("--") : human_bytes(bytes_per_second) + "/s";
  std::string line;
  if (facts.total > 0) {
    const auto total = static_cast<std::uint64_t>(facts.total);
    const auto done = std::min(facts.done, total);
    const auto filled = static_cast<std::size_t>(done * kBarWidth / total);
    const auto eta = bytes_per_second == 0 ? std::string("-:--") : human_seconds((total - done) / bytes_per_second);
    line = fmt::format("{:3}% [{}{}] {} of {}  {}  {} BTT  ETA {}", done * 100 / total, std::string(filled, '='),
                       std::string(kBarWidth - filled, ' '), human_bytes(done), human_bytes(total), speed, facts.charged, eta);
  } else {
    line = fmt::format("{}  {}  {} BTT", human_bytes(facts.done), speed, facts.charged);
  }
  if (line.size() >= columns) line.resize(columns - 1);
  return line;
}

ProgressBar::ProgressBar(bool enabled) : enabled_(enabled && isatty(STDERR_FILENO) == 1) {}

std::uint64_t ProgressBar::speed() const {
  if (samples_.size() < 2) return 0;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(samples_.back().at - samples_.front().at).count();
  if (elapsed <= 0) return 0;
  return (samples_.back().done - samples_.front().done) * 1000 / static_cast<std::uint64_t>(elapsed);
}

void ProgressBar::show(const ProgressFacts& facts) {
  if (!enabled_) return;
  const auto now = Clock::now();
  if (drawn_ && now - last_drawn_ < kRedraw) return;
  samples_.push_back({now, facts.done});
  while (samples_.size() > 2 && now - samples_.front().at > kSpeedWindow) samples_.pop_front();
  fmt::print(stderr, "\r\033[K{}", draw(facts, speed(), terminal_columns()));
  std::fflush(stderr);
  last_drawn_ = now;
  drawn_ = true;
}

void ProgressBar::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace ferry::cli

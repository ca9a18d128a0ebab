#include "client/fetch/run_plan.hpp"

namespace ferry::client {

namespace {

/// A lane that is given so little of somebody's rest costs more by its request than it brings.
constexpr double kLeastGainSeconds = 0.2;

/// The end of a running run that holds `chunk`; nullopt when none does.
std::optional<std::uint64_t> claimed_until(std::span<const RunningRun> running, std::uint64_t chunk) {
  for (const auto& run : running) {
    if (run.left.first <= chunk && chunk < run.left.end) return run.left.end;
  }
  return std::nullopt;
}

std::uint64_t next_claim(std::span<const RunningRun> running, std::uint64_t chunk) {
  std::uint64_t next = UINT64_MAX;
  for (const auto& run : running) {
    if (run.left.first > chunk && run.left.end > run.left.first) next = std::min(next, run.left.first);
  }
  return next;
}

}  // namespace

std::optional<Run> unclaimed_run(const ChunkRun& chunks, std::uint64_t end, std::span<const RunningRun> running, std::uint64_t at_most) {
  auto gap = chunks.missing();
  while (gap.first < end) {
    if (const auto claimed = claimed_until(running, gap.first)) {
      if (*claimed >= end) return std::nullopt;
      gap = chunks.missing(*claimed);
      continue;
    }
    const auto gap_end = gap.count == UINT64_MAX ? UINT64_MAX : gap.first + gap.count;
    const auto stop = std::min({gap_end, end, next_claim(running, gap.first)});
    if (stop <= gap.first) return std::nullopt;
    return Run{gap.first, stop - gap.first > at_most ? gap.first + at_most : stop};
  }
  return std::nullopt;
}

std::optional<TakenRun> take_over(std::span<const RunningRun> running, double own_seconds) {
  std::optional<std::size_t> longest;
  const auto rest = [&](std::size_t i) { return static_cast<double>(running[i].unasked()) * running[i].chunk_seconds; };
  for (std::size_t i = 0; i < running.size(); ++i) {
    if (running[i].unasked() > 0 && (!longest || rest(i) > rest(*longest))) longest = i;
  }
  if (!longest) return std::nullopt;
  const auto& victim = running[*longest];
  const double total = victim.chunk_seconds + own_seconds;
  // The victim first brings what it has asked for.
  const double ahead = static_cast<double>(victim.asked()) * victim.chunk_seconds;
  const double share = total > 0 ? (rest(*longest) + ahead) / total : static_cast<double>(victim.unasked()) / 2;
  const auto count = std::min(static_cast<std::uint64_t>(std::max(share, 0.0)), victim.unasked());
  if (count == 0) return std::nullopt;
  return TakenRun{*longest, Run{victim.left.end - count, victim.left.end}};
}

std::optional<TakenRun> late_run(std::span<const RunningRun> running, double own_seconds, double late_seconds) {
  std::optional<std::size_t> latest;
  double latest_rest = 0;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto& run = running[i];
    if (run.is_doubled || run.asked() == 0) continue;
    const double count = static_cast<double>(run.asked());
    const double rest = std::max(count * run.chunk_seconds, run.waited_seconds);
    const bool is_late = run.waited_seconds > late_seconds && run.waited_seconds > own_seconds;
    const bool is_slow = rest > 2 * count * own_seconds + kLeastGainSeconds;
    if ((is_late || is_slow) && (!latest || rest > latest_rest)) {
      latest = i;
      latest_rest = rest;
    }
  }
  if (!latest) return std::nullopt;
  return TakenRun{*latest, Run{running[*latest].left.first, std::min(running[*latest].asked_end, running[*latest].left.end)}};
}

std::optional<TakenRun> silent_run(std::span<const RunningRun> running, double silent_seconds) {
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto& run = running[i];
    if (run.asked() == 0 && !run.has_brought && run.left.count() > 0 && run.waited_seconds > silent_seconds) return TakenRun{i, run.left};
  }
  return std::nullopt;
}

}  // namespace ferry::client

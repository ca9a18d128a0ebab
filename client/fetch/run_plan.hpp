#pragma once
// RunPlan: how the chunks of one body are divided among the lanes of a fetch. A lane is given a run that nobody has asked for; when there is none,
// the later part of the run that would end last; when that is asked for already, the same chunks once more. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "client/fetch/chunk_run.hpp"

namespace ferry::client {

/// Chunks [first, end).
struct Run {
  std::uint64_t first = 0;
  std::uint64_t end = UINT64_MAX;  ///< UINT64_MAX: to the end of the body

  std::uint64_t count() const { return end - first; }
  friend bool operator==(const Run&, const Run&) = default;
};

/// What one stream still has to bring, and how fast its lane does.
struct RunningRun {
  Run left;                     ///< has not come yet
  std::uint64_t asked_end = 0;  ///< what of it lies before this has been asked for
  double chunk_seconds = 0;     ///< that its lane takes for a chunk
  double waited_seconds = 0;    ///< for the next one, so far
  bool is_doubled = false;      ///< its chunks were given to another lane as well
  bool has_brought = false;     ///< something has come

  std::uint64_t asked() const { return asked_end > left.first ? asked_end - left.first : 0; }
  std::uint64_t unasked() const { return left.end - std::max(left.first, asked_end); }
};

/// The first wanted chunks before `end` that are neither there nor part of a running run; at most `at_most`. nullopt: none.
std::optional<Run> unclaimed_run(const ChunkRun& chunks, std::uint64_t end, std::span<const RunningRun> running, std::uint64_t at_most);

struct TakenRun {
  std::size_t from = 0;  ///< index of the running run that loses it
  Run run;
};

/// The later part of the run whose unasked chunks would take longest, so that its lane and one that takes `own_seconds` for a chunk are done with
/// it together. nullopt: no run has a chunk that this lane would have earlier.
std::optional<TakenRun> take_over(std::span<const RunningRun> running, double own_seconds);

/// Chunks that were asked for and are worth asking for twice: those of the run that keeps everybody waiting longest, if it says nothing for longer
/// than `late_seconds`, or this lane would have them in less than half its time. nullopt: none.
std::optional<TakenRun> late_run(std::span<const RunningRun> running, double own_seconds, double late_seconds);

/// A run of which nothing was asked for yet, because its relay says nothing for longer than `silent_seconds`. nullopt: none.
std::optional<TakenRun> silent_run(std::span<const RunningRun> running, double silent_seconds);

}  // namespace ferry::client

#pragma once
// Job: one thing that a user started and that ends exactly once: a fetch, a quote, a wallet call. Client keeps it alive until it has ended.
// Threads: the loop's.

#include <cstdint>
#include <functional>
#include <memory>

#include "protocol/base/result.hpp"

namespace ferry::client {

class Job {
 public:
  virtual ~Job() = default;
  /// Ends it soon with `why`, telling its user.
  virtual void cancel(const base::Error& why) = 0;
};

/// Told by a job when it has ended, so that it can be forgotten.
using JobEnded = std::function<void(std::uint64_t id)>;

}  // namespace ferry::client

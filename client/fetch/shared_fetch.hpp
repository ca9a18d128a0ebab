#pragma once
// SharedFetches: requests of one client that ask for the same while one of them is under way are one fetch: paid once, and shown to each from its
// first byte. The first to ask pays; when it leaves, the next one pays what is still to come.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <vector>

#include "client/fetch/fetch_request.hpp"
#include "client/job.hpp"

namespace ferry::client {

class Fetch;
class SharedFetch;

class SharedFetches {
 public:
  /// Of a body that one fetch brings, this much is kept for requests that come later; a longer one is not joined any more.
  static constexpr std::uint64_t kKept = std::uint64_t{8} << 20U;

  /// Makes a fetch and starts it, later or at once.
  using StartFetch = std::function<std::shared_ptr<Fetch>(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, JobEnded ended)>;

  /// `loop` outlives this.
  SharedFetches(Loop& loop, StartFetch start) : loop_(loop), start_(std::move(start)) {}

  /// The job of one more request: a fetch of its own, or a part in one that is under way. Only a body that is shown as it comes is shared, without a
  /// say in its price: neither a file, nor on_chunk_data, nor on_quote.
  std::shared_ptr<Job> add(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, JobEnded ended);

 private:
  Loop& loop_;
  StartFetch start_;
  std::vector<std::weak_ptr<SharedFetch>> running_;
};

}  // namespace ferry::client

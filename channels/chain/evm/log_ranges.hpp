#pragma once
// LogRanges: asks nodes for logs in ranges of blocks that shrink until every node grants them, and grow again. Threads: any.

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "channels/chain/evm/contract_logs.hpp"
#include "channels/chain/evm/nodes.hpp"

namespace ferry::chain::evm {

class LogRanges {
 public:
  /// What one node is asked, for the blocks `from` to `to`.
  using Ask = std::function<base::Result<std::vector<Log>>(Node& node, std::uint64_t from, std::uint64_t to)>;

  explicit LogRanges(Nodes& nodes) : nodes_(nodes) {}

  struct Range {
    std::vector<Log> logs;
    std::uint64_t to = 0;  ///< the last block that was looked through
  };
  /// The logs on which all nodes agree of a range that begins with `from` and ends with `last` at most. Errors: those of Nodes.
  base::Result<Range> next(std::uint64_t from, std::uint64_t last, const Ask& ask);

 private:
  Nodes& nodes_;
  std::mutex mutex_;
  std::uint64_t range_ = 2048;  // under mutex_: blocks that nodes were last willing to give
};

}  // namespace ferry::chain::evm

#pragma once
// EventScan: goes through the contract's logs in ranges of blocks that the nodes are willing to give, and remembers how far it has come without
// finding anything. Threads: any.

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "channels/chain/evm/contract_logs.hpp"
#include "channels/chain/evm/log_ranges.hpp"
#include "channels/chain/evm/nodes.hpp"

namespace ferry::chain::evm {

class EventScan {
 public:
  struct Order {
    base::Address contract, receiver, token;
    std::uint64_t after = 0;         ///< sequence
    std::uint32_t limit = 0;
    std::uint64_t start_block = 0;   ///< the first that can have any
    std::uint64_t confirmed = 0;     ///< block
  };

  explicit EventScan(Nodes& nodes) : nodes_(nodes), ranges_(nodes) {}

  /// Confirmed events, then withdrawals that were begun in newer blocks of any node and were not told yet by this scan. The latter take
  /// sequences between the last confirmed block and the next, so that who goes on from them misses nothing; they come again in their place.
  /// Errors: those of Nodes, environment "events_behind".
  base::Result<std::vector<ChainEvent>> run(const Order& order);

 private:
  using Place = std::pair<base::Hash256, std::uint64_t>;  // block hash and index of a log
  struct Progress {
    std::uint64_t after = 0;
    std::uint64_t scanned_to = 0;  ///< the last block that holds nothing after `after`
    std::set<Place> told_early;
  };

  base::Result<void> scan_confirmed(const Order& order, std::vector<ChainEvent>& events);
  base::Result<void> add(const Order& order, const std::vector<Log>& logs, std::vector<ChainEvent>& events);
  void add_early(const Order& order, std::vector<ChainEvent>& events);
  base::Result<base::Time> time_of(std::uint64_t block);
  std::uint64_t first_block(const Order& order);
  void remember(const Order& order, std::uint64_t scanned_to);

  Nodes& nodes_;
  LogRanges ranges_;
  std::mutex mutex_;
  std::map<base::Address, Progress> progress_;  // under mutex_: by receiver
};

}  // namespace ferry::chain::evm

#pragma once
// DiscoveryCounters: what relay/discovery has seen, as plain relaxed atomics; relay/ops exports them.

#include <atomic>
#include <cstdint>

namespace ferry::relay {

struct DiscoveryCounters {
  using Count = std::atomic<std::uint64_t>;

  Count peers_told{0};                             ///< by the DHT, under the key of relays; most may be lies
  Count peers_refused{0};                          ///< not to be dialled: private addresses, low ports
  Count probes_met{0}, probes_failed{0};
  Count descriptors_refused{0};                    ///< older than what is known, or of the wrong time
  Count items_taken{0};                            ///< newer descriptors out of the DHT
  Count objects_announced{0};
  Count searches{0};                               ///< of holders, for clients
};

}  // namespace ferry::relay

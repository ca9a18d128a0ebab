#pragma once
// Counters: what a worker has seen, as plain relaxed atomics; relay/ops sums them over workers and exports them. Each worker has its own, so
// counting never moves a cache line between cores on the hot path.

#include <atomic>
#include <cstdint>

namespace ferry::relay {

struct alignas(64) Counters {
  using Count = std::atomic<std::uint64_t>;

  Count connections_accepted{0}, connections_refused{0}, connections_open{0};
  Count sessions_authenticated{0}, sessions_open{0};
  Count peer_faults{0}, tls_failures{0};
  Count requests{0}, requests_refused{0}, exit_refusals{0}, streams_open{0};
  Count chunks_hit{0}, chunks_miss{0}, chunks_redelivered{0}, chunks_witnessed{0};
  Count payload_bytes{0};
  Count tunnels{0}, tunnels_open{0}, tunnel_down_bytes{0}, tunnel_up_bytes{0};
  Count vouchers_accepted{0}, vouchers_refused{0}, credit_waits{0};
  Count ledger_calls{0};

  static void add(Count& counter, std::uint64_t amount = 1) { counter.fetch_add(amount, std::memory_order_relaxed); }
  static void sub(Count& counter, std::uint64_t amount = 1) { counter.fetch_sub(amount, std::memory_order_relaxed); }
};

}  // namespace ferry::relay

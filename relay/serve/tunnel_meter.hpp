#pragma once
// TunnelMeter: the money of one tunnel. Bytes are carried within a step that the payer's credit admitted; a full step is charged and the next one
// asked for. A step holds no more than can be carried now, and is given back when the tunnel is quiet, so that forty idle tunnels of a browser
// hold no credit. Used by carry_tunnel.
// Threads: the worker's of its connection.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>

#include "relay/serve/sale.hpp"

namespace ferry::relay {

class TunnelMeter {
 public:
  /// Charged, and neither durable nor told yet: as much as a fetch has under way.
  static constexpr std::size_t kMaxUncommitted = 2 * 1024 * 1024;

  /// `sale` outlives this.
  explicit TunnelMeter(Sale& sale) : sale_(sale) {}
  ~TunnelMeter();
  TunnelMeter(const TunnelMeter&) = delete;
  TunnelMeter& operator=(const TunnelMeter&) = delete;

  /// Bytes that may be carried now. Units: bytes, both ways together.
  std::uint64_t room() const;
  /// Waits for credit for a step of up to `wanted` bytes, at least one. The first step holds the request fee too. Precondition: room() is 0.
  /// Errors: those of wait_for_admission(); environment "journal_slow", "journal_failed".
  boost::asio::awaitable<base::Result<void>> admit(std::uint64_t wanted);
  /// Precondition: down + up <= room(). A step that is full is charged.
  void carried(std::uint64_t down, std::uint64_t up);
  /// Charges what the step has carried and gives the rest back. The client is told when that is durable.
  void settle();
  /// A step is open: credit is held.
  bool holds() const { return step_.has_value(); }

 private:
  std::uint64_t carried_in_step() const { return down_ + up_ - charged_down_ - charged_up_; }
  void charge();

  Sale& sale_;
  std::optional<channels::Reservation> step_;
  std::uint64_t step_bytes_ = 0;
  std::uint64_t next_bytes_ = 0;  ///< what the next step may hold at most; 0: the first
  std::uint64_t steps_ = 0;
  std::uint64_t down_ = 0, up_ = 0;                  ///< carried in all
  std::uint64_t charged_down_ = 0, charged_up_ = 0;  ///< of these
};

}  // namespace ferry::relay

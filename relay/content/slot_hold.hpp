#pragma once
// SlotHold: one of a host's slots (HostSlots) for as long as a transfer runs, and the wait for it.

#include "protocol/base/result.hpp"
#include "relay/shared/host_slots.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace ferry::relay::content {

/// Gives the slot back when it goes. Moves, does not copy.
class SlotHold {
  public:
    SlotHold() = default;
    /// Takes over a slot that was taken for `host`.
    SlotHold(HostSlots& slots, std::string host) : slots_(&slots), host_(std::move(host)), held_(true) {}
    ~SlotHold() { pause(); }
    SlotHold(SlotHold&& other) noexcept
        : slots_(other.slots_), host_(std::move(other.host_)), held_(std::exchange(other.held_, false)) {}
    SlotHold& operator=(SlotHold&& other) noexcept {
        pause();
        slots_ = other.slots_;
        host_ = std::move(other.host_);
        held_ = std::exchange(other.held_, false);
        return *this;
    }

    /// A paused transfer must not keep others from the host.
    void pause() {
        if (std::exchange(held_, false)) slots_->give_back(host_);
    }
    void go_on() {
        if (slots_ != nullptr && !std::exchange(held_, true)) slots_->take_over(host_);
    }

  private:
    HostSlots* slots_ = nullptr;
    std::string host_;
    bool held_ = false;
};

/// Errors: environment "origin_busy" when none became free in time.
boost::asio::awaitable<base::Result<SlotHold>> take_slot(boost::asio::io_context& io, HostSlots& slots,
                                                         std::string host, std::chrono::milliseconds timeout);

}  // namespace ferry::relay::content

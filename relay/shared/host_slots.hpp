#pragma once
// HostSlots: how many transfers may run against one origin at a time, over all workers, so that no client can
// turn the relay into a cannon. A paused transfer gives its slot back.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace ferry::relay {

/// Threads: any. Lifetime: outlives every slot.
class HostSlots {
  public:
    explicit HostSlots(std::size_t per_host = 6) : per_host_(per_host) {}
    HostSlots(const HostSlots&) = delete;
    HostSlots& operator=(const HostSlots&) = delete;

    /// A place in the queue of one host; 0 means that the slot was free and is taken.
    using Ticket = std::uint64_t;

    /// Takes a slot, or queues: then `granted` is called once, from any thread, when one was taken for this
    /// ticket.
    Ticket take(const std::string& host, std::function<void()> granted);

    /// Takes a slot even if none is free: for a transfer that was paused and goes on.
    void take_over(const std::string& host);

    /// Leaves the queue. False when the slot was granted meanwhile: then it must be given back.
    bool leave(const std::string& host, Ticket ticket);

    void give_back(const std::string& host);

    /// Slots taken now.
    std::size_t taken(const std::string& host) const;

  private:
    struct Waiting {
        Ticket ticket;
        std::function<void()> granted;
    };
    struct Host {
        std::size_t taken = 0;
        std::list<Waiting> queue;
    };

    const std::size_t per_host_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Host> hosts_;
    Ticket last_ticket_ = 0;
};

}  // namespace ferry::relay

#include "relay/content/slot_hold.hpp"

#include "relay/shared/reply.hpp"

namespace ferry::relay::content {

namespace {

/// A place in the queue, left when the waiting coroutine goes, however it goes.
class Queued {
  public:
    Queued(HostSlots& slots, std::string host, HostSlots::Ticket ticket)
        : slots_(slots), host_(std::move(host)), ticket_(ticket) {}
    ~Queued() {
        if (ticket_ != 0 && !slots_.leave(host_, ticket_)) slots_.give_back(host_);
    }
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;
    /// The slot was granted and has another owner now.
    void granted() { ticket_ = 0; }

  private:
    HostSlots& slots_;
    std::string host_;
    HostSlots::Ticket ticket_;
};

}  // namespace

boost::asio::awaitable<base::Result<SlotHold>> take_slot(boost::asio::io_context& io, HostSlots& slots,
                                                         std::string host,
                                                         std::chrono::milliseconds timeout) {
    Reply<bool> reply(io);
    std::function<void()> granted = [reply] { reply.deliver(true); };
    const auto ticket = slots.take(host, std::move(granted));
    if (ticket != 0) {
        Queued queued(slots, host, ticket);
        const auto came = co_await reply.get(timeout);
        if (!came) {
            co_return base::fail(base::environment(
                "origin_busy", "too many transfers from this origin are under way; try again later"));
        }
        queued.granted();
    }
    co_return SlotHold(slots, std::move(host));
}

}  // namespace ferry::relay::content

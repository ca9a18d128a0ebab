#include "relay/exit/pending_lookup.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ferry::relay::exit {

namespace asio = boost::asio;

/// Stands in the list while its coroutine is suspended, also when that coroutine is destroyed instead of resumed.
class PendingLookup::Waiter {
 public:
  Waiter(PendingLookup& lookup, asio::steady_timer& timer) : lookup_(lookup), timer_(timer) { lookup_.waiters_.insert(&timer_); }
  ~Waiter() { lookup_.waiters_.erase(&timer_); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 private:
  PendingLookup& lookup_;
  asio::steady_timer& timer_;
};

void PendingLookup::finish(Outcome outcome) {
  if (outcome_) return;
  outcome_ = std::move(outcome);
  for (asio::steady_timer* timer : waiters_) timer->cancel();
}

asio::awaitable<PendingLookup::Outcome> PendingLookup::wait(std::shared_ptr<PendingLookup> lookup, std::chrono::milliseconds timeout) {
  if (!lookup->outcome_) {
    asio::steady_timer timer(co_await asio::this_coro::executor, timeout);
    const Waiter waiter{*lookup, timer};
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (lookup->outcome_) co_return *lookup->outcome_;
  co_return base::fail(base::environment("exit_resolver_timeout", "the name servers did not answer in time; try again"));
}

}  // namespace ferry::relay::exit

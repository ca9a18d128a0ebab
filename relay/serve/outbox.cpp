#include <utility>

#include "relay/serve/outbox.hpp"

#include "relay/serve/sale.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using base::Amount;
using base::Result;

namespace {

constexpr std::chrono::seconds kCommitTimeout{30};

}  // namespace

void Outbox::charge(const channels::Reservation& reservation, Amount final_price, std::size_t payload, Send send) {
  const std::uint64_t number = first_ + waiting_.size();
  waiting_.push_back({std::move(send), {}, payload, false});
  waiting_bytes_ += payload;
  JournalWriter::Done done = [&io = connection_.worker().io(), self = weak_from_this(), number](const Result<void>& durable) {
    asio::post(io, [self, number, durable] {
      if (const auto outbox = self.lock()) outbox->settle(number, durable);
    });
  };
  waiting_.back().charged = connection_.node().book.charge(reservation, final_price, Node::now(), std::move(done));
}

void Outbox::send_in_order(std::function<void()> send) {
  waiting_.push_back({[send = std::move(send)](const LedgerBook::Charged& /*charged*/) { send(); }, {}, 0, true});
  send_durable();
}

void Outbox::settle(std::uint64_t number, const Result<void>& durable) {
  if (failure_) return;
  if (!durable) {
    failure_ = durable.error();
    waiting_.clear();
    waiting_bytes_ = 0;
    return stream_.changed.notify();
  }
  waiting_[number - first_].durable = true;  // a repeated delivery was durable long ago and comes before its turn
  send_durable();
  if (waiting_.empty()) stream_.changed.notify();
}

void Outbox::send_durable() {
  while (!waiting_.empty() && waiting_.front().durable) {
    const Parcel parcel = std::move(waiting_.front());
    waiting_.pop_front();
    ++first_;
    waiting_bytes_ -= parcel.payload;
    if (!is_gone(connection_, stream_)) parcel.send(parcel.charged);
  }
}

asio::awaitable<Result<void>> Outbox::drained() {
  const auto give_up_at = Node::now() + kCommitTimeout;
  while (!waiting_.empty() && !failure_ && !is_gone(connection_, stream_)) {
    if (Node::now() >= give_up_at) co_return base::fail(journal_slow());
    co_await stream_.changed.wait(kCommitTimeout);
  }
  if (failure_) co_return base::fail(*failure_);
  co_return Result<void>{};
}

}  // namespace ferry::relay

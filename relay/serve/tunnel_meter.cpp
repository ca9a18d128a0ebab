#include <utility>

#include "relay/serve/tunnel_meter.hpp"

#include <algorithm>

#include "pricing/tunnel_price.hpp"
#include "protocol/content/geometry.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using base::Amount;
using base::Result;

namespace {

/// Most connections carry less than this, and a new payer's credit is one chunk: eight of them may begin at once.
constexpr std::uint64_t kFirstStep = 32 * 1024;
constexpr std::uint64_t kLargestStep = ferry::content::kChunkBytes;

}  // namespace

TunnelMeter::~TunnelMeter() {
  if (step_) sale_.connection.node().book.release(*step_);
}

std::uint64_t TunnelMeter::room() const { return step_ ? step_bytes_ - carried_in_step() : 0; }

asio::awaitable<Result<void>> TunnelMeter::admit(std::uint64_t wanted) {
  while (sale_.outbox->waiting_bytes() > kMaxUncommitted && !sale_.outbox->failure()) {
    if (!co_await sale_.stream.changed.wait(std::chrono::seconds(30))) co_return base::fail(journal_slow());
    if (is_gone(sale_.connection, sale_.stream)) co_return base::fail(cancelled());
  }
  if (sale_.outbox->failure()) co_return base::fail(*sale_.outbox->failure());
  step_bytes_ = std::clamp<std::uint64_t>(wanted, 1, std::max(next_bytes_, kFirstStep));
  const Amount fee = steps_ == 0 ? sale_.quote.per_request : Amount::zero();
  const Amount price = pricing::price_of(pricing::tunnel_per_mib(sale_.quote), step_bytes_).plus_saturated(fee);
  FERRY_CO_TRY(step_, co_await wait_for_admission(sale_, channels::DeliveryKey::kTunnel + steps_, price));
  co_return Result<void>{};
}

void TunnelMeter::carried(std::uint64_t down, std::uint64_t up) {
  auto& counters = sale_.connection.counters();
  Counters::add(counters.tunnel_down_bytes, down);
  Counters::add(counters.tunnel_up_bytes, up);
  down_ += down;
  up_ += up;
  if (carried_in_step() < step_bytes_) return;
  charge();
  next_bytes_ = std::min(std::max(next_bytes_, kFirstStep) * 2, kLargestStep);
}

void TunnelMeter::settle() {
  if (!step_) return;
  next_bytes_ = 0;
  if (carried_in_step() > 0 || steps_ == 0) return charge();
  sale_.connection.node().book.release(*std::exchange(step_, std::nullopt));
}

void TunnelMeter::charge() {
  const std::uint64_t down = down_ - charged_down_, up = up_ - charged_up_;
  const Amount fee = steps_ == 0 ? sale_.quote.per_request : Amount::zero();
  const Amount price = pricing::tunnel_charge(sale_.quote, down, up).plus_saturated(fee);
  charged_down_ = down_;
  charged_up_ = up_;
  ++steps_;
  const auto step = *std::exchange(step_, std::nullopt);
  sale_.outbox->charge(step, price, down + up, [&sale = sale_, down = down_, up = up_](const LedgerBook::Charged& charged) {
    sale.connection.session().send(wire::TunnelMeter{sale.stream.id, down, up, charged.amount, charged.after});
    sale.connection.kick();
  });
}

}  // namespace ferry::relay

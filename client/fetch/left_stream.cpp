#include "client/fetch/left_stream.hpp"

#include <utility>

#include "channels/recent_deliveries.hpp"
#include "client/fetch/price_check.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

/// Somebody else may want the relay's slot.
constexpr base::Duration kPatience{10'000};

}  // namespace

void LeftStream::take_over(Core& core, Relay& relay, LeftOrder order) {
  const auto stream = order.stream;
  auto left = std::make_shared<LeftStream>(core, relay, std::move(order));
  if (!left->reserve()) return relay.session()->cancel(stream);
  left->myself_ = left;
  relay.session()->hand_over(stream, *left);
  left->patience_.start(kPatience, [raw = left.get()] { raw->cancel(); });
}

LeftStream::LeftStream(Core& core, Relay& relay, LeftOrder order)
    : core_(core), relay_(relay), order_(std::move(order)), purchase_(std::make_shared<Budget>(std::nullopt), core.budget), patience_(core.loop) {}

bool LeftStream::reserve() {
  if (!(order_.is_witness ? purchase_.agree_witness(order_.quote) : purchase_.agree(order_.quote))) return false;
  if (order_.head_came) purchase_.settle_fee(Amount::zero());
  for (const auto bytes : order_.granted) {
    if (!purchase_.grant(bytes)) return false;
  }
  return purchase_.granted() > 0;
}

void LeftStream::on_manifest(wire::ManifestMessage message) {
  if (message.final || std::exchange(order_.head_came, true)) return;
  if (!check_fee(order_.quote, core_.evidence.dearest(relay_.address(), order_.request), message)) return cancel();
  count({order_.channel, order_.request, channels::DeliveryKey::kHead, {}, message.charge, {}, message.charged_after}, message.redelivered);
}

void LeftStream::on_chunk(wire::ChunkMessage message) {
  take(message, check_chunk_charge(order_.quote, core_.evidence.dearest(relay_.address(), order_.request), message));
}

void LeftStream::on_witnessed(wire::Witnessed message) {
  take(message, check_witnessed_charge(order_.quote, core_.evidence.dearest(relay_.address(), order_.request), message));
}

template <typename Message>
void LeftStream::take(const Message& message, const Result<void>& right) {
  const bool in_order = message.index.value == order_.next_chunk++;
  if (!in_order || !right) return cancel();
  count({order_.channel, order_.request, message.index.value, message.hash, message.charge, {}, message.charged_after}, message.redelivered);
  order_.granted.pop_back();
  if (order_.granted.empty()) cancel();
}

/// Unless a voucher that is under way lets the relay go on.
void LeftStream::on_credit_wait(Amount required) {
  if (!relay_.signer().has_promised(required)) cancel();
}

void LeftStream::count(channels::DeliveredRecord delivery, bool redelivered) {
  delivery.charge = relay_.signer().owed(delivery, redelivered);
  const bool is_fee = delivery.index == channels::DeliveryKey::kHead;
  relay_.signer().deliver(delivery, [self = shared_from_this(), is_fee, charge = delivery.charge](const Result<void>& durable) {
    if (!durable) return;
    auto& spent = self->relay_.sums().spent;
    spent = spent.plus_saturated(charge);
    is_fee ? self->purchase_.settle_fee(charge) : self->purchase_.settle_chunk(charge);
  });
}

void LeftStream::cancel() {
  if (myself_ && relay_.session() != nullptr) relay_.session()->cancel(order_.stream);
  finish();
}

void LeftStream::finish() {
  patience_.stop();
  // This may be on the call stack.
  core_.loop.post([last = std::exchange(myself_, nullptr)] {});
}

}  // namespace ferry::client

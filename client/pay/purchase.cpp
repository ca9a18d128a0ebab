#include "client/pay/purchase.hpp"

#include <algorithm>
#include <numeric>

#include "pricing/tunnel_price.hpp"
#include "pricing/witness_price.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;

Amount Purchase::price_of(std::uint64_t bytes) const { return pricing::price_of(per_mib_, bytes); }

Amount Purchase::chunk_price() const { return price_of(content::kChunkBytes); }

const std::string& Purchase::reached_budget() const {
  const auto* reached = own_->without_room_for(chunk_price());
  if (reached == nullptr) reached = shared_.without_room_for(chunk_price());
  return reached == nullptr ? own_->name() : reached->name();
}

bool Purchase::reserve(Amount amount) {
  if (!own_->reserve(amount)) return false;
  if (!shared_.reserve(amount)) {
    own_->release(amount);
    return false;
  }
  reserved_ = reserved_.plus_saturated(amount);
  return true;
}

void Purchase::release(Amount amount) {
  own_->release(amount);
  shared_.release(amount);
  reserved_ = reserved_.minus_floored(amount);
}

void Purchase::settle(Amount reserved, Amount charged) {
  own_->settle(reserved, charged);
  shared_.settle(reserved, charged);
  reserved_ = reserved_.minus_floored(reserved);
  charged_ = charged_.plus_saturated(charged);
}

bool Purchase::expect(Amount per_mib, Amount fee) {
  if (!reserve(fee)) return false;
  fee_ = fee;
  per_mib_ = per_mib;
  return true;
}

bool Purchase::expect(const wire::PriceLimit& limit) { return expect(std::max(limit.hit_per_mib, limit.miss_per_mib), limit.per_request); }

bool Purchase::expect(const wire::TunnelLimit& limit) { return expect(std::max(limit.down_per_mib, limit.up_per_mib), limit.per_request); }

bool Purchase::agree(const pricing::Quote& quote, Amount per_mib) {
  release(reserved_);
  quote_ = quote;
  fee_ = quote.per_request;
  per_mib_ = per_mib;
  const auto add = [this](Amount sum, std::uint64_t bytes) { return sum.plus_saturated(price_of(bytes)); };
  return reserve(std::accumulate(granted_.begin(), granted_.end(), fee_.plus_saturated(price_of_carried(carried_)), add));
}

bool Purchase::agree(const pricing::Quote& quote) { return agree(quote, std::max(quote.hit_per_mib, quote.miss_per_mib)); }

bool Purchase::agree_witness(const pricing::Quote& quote) { return agree(quote, pricing::witness_per_mib(quote)); }

bool Purchase::agree_tunnel(const pricing::Quote& quote) { return agree(quote, pricing::tunnel_per_mib(quote)); }

/// Each metering is rounded up by itself, and so is what the relay asks credit for: a unit for each that may be under way.
Amount Purchase::price_of_carried(std::uint64_t bytes) const {
  constexpr Amount kRounding = Amount::from_units(16);
  return bytes == 0 ? Amount::zero() : price_of(bytes).plus_saturated(kRounding);
}

bool Purchase::grant_bytes(std::uint64_t bytes) {
  if (!reserve(price_of_carried(carried_ + bytes).minus_floored(price_of_carried(carried_)))) return false;
  carried_ += bytes;
  return true;
}

void Purchase::settle_bytes(std::uint64_t bytes, Amount charged) {
  const std::uint64_t left = carried_ - std::min(bytes, carried_);
  // The units for rounding stay reserved as long as anything is carried: with less than the relay asks credit for, it would wait for ever.
  settle(price_of_carried(carried_).minus_floored(price_of_carried(left)), charged);
  carried_ = left;
}

bool Purchase::grant(std::uint64_t bytes) {
  if (!reserve(price_of(bytes))) return false;
  granted_.push_back(bytes);
  return true;
}

std::vector<std::uint64_t> Purchase::take_back(std::size_t count) {
  const auto first = granted_.end() - static_cast<std::ptrdiff_t>(std::min(count, granted_.size()));
  std::vector<std::uint64_t> taken(first, granted_.end());
  granted_.erase(first, granted_.end());
  for (const auto bytes : taken) release(price_of(bytes));
  return taken;
}

void Purchase::settle_fee(Amount charged) {
  settle(fee_settled_ ? Amount::zero() : fee_, charged);
  fee_settled_ = true;
}

void Purchase::settle_chunk(Amount charged) {
  if (granted_.empty()) return;
  settle(price_of(granted_.front()), charged);
  granted_.pop_front();
}

void Purchase::adopt(Amount lost) {
  own_->spend(lost);
  shared_.spend(lost);
  charged_ = charged_.plus_saturated(lost);
}

void Purchase::close() {
  release(reserved_);
  granted_.clear();
  carried_ = 0;
  fee_settled_ = true;
}

}  // namespace ferry::client

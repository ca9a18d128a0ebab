#include "relay/shared/relay_directory.hpp"

#include <cstring>
#include <utility>

namespace ferry::relay {

namespace {

std::uint64_t draw_number() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  base::fill_random(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

void RelayDirectory::set_own(ferry::discovery::SignedDescriptor own) {
  const std::lock_guard lock(mutex_);
  own_ = std::move(own);
}

std::optional<ferry::discovery::SignedDescriptor> RelayDirectory::own() const {
  const std::lock_guard lock(mutex_);
  return own_;
}

base::Result<ferry::discovery::DescriptorBook::News> RelayDirectory::learn(ferry::discovery::SignedDescriptor descriptor, base::Time now) {
  const std::lock_guard lock(mutex_);
  if (own_ && (*own_)->relay == descriptor->relay) return base::fail(base::refusal("descriptor_own", "this relay has met itself"));
  return book_.add(std::move(descriptor), now);
}

void RelayDirectory::forget_old(base::Time now) {
  const std::lock_guard lock(mutex_);
  book_.forget_old(now);
}

std::size_t RelayDirectory::size() const {
  const std::lock_guard lock(mutex_);
  return book_.size();
}

std::vector<base::Bytes> RelayDirectory::pick(const std::string& region, std::size_t limit, base::Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<base::Bytes> picked;
  if (limit > 0 && own_ && (region.empty() || (*own_)->region == region)) picked.push_back(own_->bytes());
  for (const auto* other : book_.pick(region, limit - picked.size(), draw_number(), now)) picked.push_back(other->bytes());
  return picked;
}

std::optional<base::Bytes> RelayDirectory::find(const base::Address& relay) const {
  const std::lock_guard lock(mutex_);
  if (own_ && (*own_)->relay == relay) return own_->bytes();
  const auto* found = book_.find(relay);
  return found == nullptr ? std::nullopt : std::optional(found->bytes());
}

std::vector<ferry::discovery::ItemKey> RelayDirectory::issued_before(base::Time then, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<ferry::discovery::ItemKey> keys;
  for (const auto* descriptor : book_.all()) {
    if (keys.size() == limit) break;
    if ((*descriptor)->issued_at < then && !(*descriptor)->item_key.is_zero()) keys.push_back((*descriptor)->item_key);
  }
  return keys;
}

}  // namespace ferry::relay

#include "protocol/discovery/descriptor_book.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/base/hash.hpp"

namespace ferry::discovery {

namespace {

std::string last_two_labels(const std::string& name) {
  const auto last = name.rfind('.');
  if (last == std::string::npos || last == 0) return name;
  const auto before = name.rfind('.', last - 1);
  return before == std::string::npos ? name : name.substr(before + 1);
}

}  // namespace

std::string network_of(const base::Host& host) {
  const auto* address = std::get_if<base::IpAddress>(&host.value);
  if (address == nullptr) return last_two_labels(std::get<std::string>(host.value));
  constexpr std::size_t kPrefixV4 = 3;
  constexpr std::size_t kPrefixV6 = 6;
  return base::to_hex(base::ByteView{address->data}.first(address->is_v6 ? kPrefixV6 : kPrefixV4));
}

base::Result<DescriptorBook::News> DescriptorBook::add(SignedDescriptor descriptor, base::Time now) {
  FERRY_CHECK(descriptor.check_current(now));
  const auto known = entries_.find(descriptor->relay);
  if (known == entries_.end()) {
    const auto relay = descriptor->relay;
    entries_.emplace(relay, std::move(descriptor));
    if (entries_.size() > limit_) make_room();
    return News::unknown_before;
  }
  auto& before = known->second;
  if (before == descriptor) return News::nothing;
  if (descriptor->sequence < before->sequence) {
    return base::fail(base::refusal("descriptor_back", "a newer descriptor of " + before->relay.to_eip55() + " is known than the one that was told"));
  }
  if (descriptor->sequence == before->sequence) {
    return base::fail(base::refusal("descriptor_twice", before->relay.to_eip55() + " signed two different descriptors with one number"));
  }
  before = std::move(descriptor);
  return News::newer;
}

void DescriptorBook::forget_old(base::Time now) {
  std::erase_if(entries_, [now](const auto& entry) { return !entry.second.check_current(now); });
}

/// One of the network that has most, the one that was issued first.
void DescriptorBook::make_room() {
  std::map<std::string, std::size_t> sizes;
  for (const auto& [relay, descriptor] : entries_) ++sizes[network_of(descriptor->endpoints.front().host)];
  const auto largest = std::ranges::max_element(sizes, {}, [](const auto& entry) { return entry.second; })->first;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (network_of(it->second->endpoints.front().host) != largest) continue;
    if (oldest == entries_.end() || it->second->issued_at < oldest->second->issued_at) oldest = it;
  }
  entries_.erase(oldest);
}

const SignedDescriptor* DescriptorBook::find(const base::Address& relay) const {
  const auto found = entries_.find(relay);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<const SignedDescriptor*> DescriptorBook::all() const {
  std::vector<const SignedDescriptor*> list;
  for (const auto& [relay, descriptor] : entries_) list.push_back(&descriptor);
  return list;
}

std::uint64_t drawn_rank(std::uint64_t draw, const base::Address& relay) {
  std::array<std::uint8_t, sizeof(draw)> lot{};
  for (std::size_t i = 0; i < lot.size(); ++i) lot[i] = static_cast<std::uint8_t>(draw >> (8 * i));
  const auto hash = base::sha256(base::ByteView{lot}, base::ByteView{relay.data});
  std::uint64_t rank = 0;
  for (std::size_t i = 0; i < sizeof(rank); ++i) rank = rank << 8U | hash.data[i];
  return rank;
}

std::vector<const SignedDescriptor*> DescriptorBook::pick(const std::string& region, std::size_t limit, std::uint64_t draw, base::Time now) const {
  std::vector<std::pair<std::uint64_t, const SignedDescriptor*>> all;
  for (const auto& [relay, descriptor] : entries_) {
    if ((region.empty() || descriptor->region == region) && descriptor.check_current(now)) all.emplace_back(drawn_rank(draw, relay), &descriptor);
  }
  std::ranges::sort(all);
  // In the order in which the list first names them.
  std::vector<std::vector<const SignedDescriptor*>> networks;
  std::map<std::string, std::size_t> index;
  for (const auto& [rank, descriptor] : all) {
    const auto [place, is_new] = index.emplace(network_of((*descriptor)->endpoints.front().host), networks.size());
    if (is_new) networks.emplace_back();
    networks[place->second].push_back(descriptor);
  }
  std::vector<const SignedDescriptor*> picked;
  for (std::size_t round = 0; picked.size() < std::min(limit, all.size()); ++round) {
    for (const auto& network : networks) {
      if (round < network.size() && picked.size() < limit) picked.push_back(network[round]);
    }
  }
  return picked;
}

}  // namespace ferry::discovery

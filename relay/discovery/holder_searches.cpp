#include "relay/discovery/holder_searches.hpp"

#include <algorithm>
#include <utility>

namespace ferry::relay::discovery {

bool HolderSearches::start(const base::Hash256& root, std::size_t limit, Found found, const RelayDirectory& directory, base::Time now) {
  std::erase_if(searches_, [now](const auto& entry) { return entry.second.is_over && entry.second.forgotten <= now; });
  const auto key = ferry::discovery::holders_key(root);
  auto known = searches_.find(key);
  if (known == searches_.end()) {
    if (searches_.size() >= kRoots) {
      found({});
      return false;
    }
    Search search{root, now + kLongest, now + kRemembered, {}, {}, false};
    search.askers.push_back({limit, std::move(found)});
    searches_.emplace(key, std::move(search));
    return true;
  }
  auto& search = known->second;
  if (search.is_over || search.askers.size() >= kAskersOfOne) found(answer(search, limit, directory));
  else search.askers.push_back({limit, std::move(found)});
  return false;
}

void HolderSearches::told(const DhtKey& key, const std::vector<SocketAddress>& addresses, base::Time now) {
  const auto known = searches_.find(key);
  if (known == searches_.end()) return;
  auto& search = known->second;
  for (const auto& address : addresses) {
    if (search.addresses.size() >= kAddressesOfOne) return;
    if (std::ranges::find(search.addresses, address) == search.addresses.end()) search.addresses.push_back(address);
  }
  if (!search.is_over) search.ends = std::min(search.ends, now + kQuiet);
}

void HolderSearches::met(const SocketAddress& address, const base::Address& relay) {
  if (relays_.size() >= kRelays && !relays_.contains(address)) relays_.erase(relays_.begin());
  relays_[address] = relay;
}

void HolderSearches::end_due(const RelayDirectory& directory, base::Time now) {
  for (auto& [key, search] : searches_) {
    if (!search.is_over && search.ends <= now) end(search, directory);
  }
}

void HolderSearches::end_all(const RelayDirectory& directory) {
  for (auto& [key, search] : searches_) end(search, directory);
}

base::Time HolderSearches::next_end() const {
  base::Time next{INT64_MAX};
  for (const auto& [key, search] : searches_) {
    if (!search.is_over) next = std::min(next, search.ends);
  }
  return next;
}

std::vector<base::Bytes> HolderSearches::answer(const Search& search, std::size_t limit, const RelayDirectory& directory) const {
  std::vector<base::Bytes> answer;
  std::set<base::Address> named;
  const auto add = [&](const base::Address& relay) {
    if (answer.size() >= limit || !named.insert(relay).second) return;
    if (auto descriptor = directory.find(relay)) answer.push_back(std::move(*descriptor));
  };
  if (const auto own = directory.own(); own && own_.contains(search.root)) add((*own)->relay);
  for (const auto& address : search.addresses) {
    if (const auto relay = relays_.find(address); relay != relays_.end()) add(relay->second);
  }
  return answer;
}

void HolderSearches::end(Search& search, const RelayDirectory& directory) {
  search.is_over = true;
  for (auto& asker : std::exchange(search.askers, {})) asker.found(answer(search, asker.limit, directory));
}

}  // namespace ferry::relay::discovery

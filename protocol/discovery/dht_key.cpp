#include "protocol/discovery/dht_key.hpp"

#include <algorithm>

#include "protocol/base/hash.hpp"

namespace ferry::discovery {

namespace {

DhtKey first_twenty(const base::Hash256& hash) {
  DhtKey key{};
  std::copy_n(hash.data.begin(), key.size(), key.begin());
  return key;
}

}  // namespace

DhtKey relays_key() { return first_twenty(base::sha256(base::bytes_of("ferry.1 relays"))); }

DhtKey holders_key(const base::Hash256& root) { return first_twenty(base::sha256(base::bytes_of("ferry.1 holders of"), root.view())); }

base::Bytes32<struct ItemSeedTag> item_seed(const base::SecretKey& identity) {
  return {base::sha256(base::bytes_of("ferry.1 item key"), identity.secret_bytes()).data};
}

}  // namespace ferry::discovery

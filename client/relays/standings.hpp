#pragma once
// Standings: with which relays a request could go out at once, and what must come before it with the others. Looks once, when it is made.
// Threads: the loop's.

#include <set>

#include "client/core.hpp"
#include "client/relays/relay_score.hpp"

namespace ferry::client {

class Relay;

class Standings {
 public:
  explicit Standings(const Core& core);
  Standing of(const Relay& relay) const;

 private:
  std::set<base::Address> paid_;  ///< relays with a channel that has money left
  bool opens_on_chain_;
};

}  // namespace ferry::client

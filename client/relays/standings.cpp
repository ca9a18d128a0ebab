#include "client/relays/standings.hpp"

#include <algorithm>

#include "client/relays/relay.hpp"

namespace ferry::client {

Standings::Standings(const Core& core) : opens_on_chain_(!core.settings.chains.empty()) {
  for (const auto* book : core.books.all()) {
    for (const auto& [id, channel] : book->ledger().channels()) {
      const bool has_money = !channel.closed && channel.balance > std::max(channel.signed_ceiling, channel.recorded);
      if (has_money) paid_.insert(channel.config.receiver_authorizer);
    }
  }
}

Standing Standings::of(const Relay& relay) const { return {relay.session() != nullptr, paid_.contains(relay.address()), opens_on_chain_}; }

}  // namespace ferry::client

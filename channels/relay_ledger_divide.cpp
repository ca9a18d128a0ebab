// Dividing a relay's ledger between locks: what belongs to one payer stays together.

#include <utility>

#include "channels/invariant.hpp"
#include "channels/relay_ledger.hpp"

namespace ferry::channels {

std::vector<RelayLedger> RelayLedger::divide(std::size_t parts, const std::function<std::size_t(const base::Address&)>& part_of) && {
  require(parts > 0, "a ledger was divided into nothing");
  std::vector<RelayLedger> divided(parts, RelayLedger(domain_separator_, receiver_, receiver_authorizer_, token_, rules_));
  // Nodes move as they are: nothing is copied, and nothing can be left behind half.
  while (!recent_.empty()) {
    auto recent = recent_.extract(recent_.begin());
    divided.at(part_of(known(recent.key()).config.payer)).recent_.insert(std::move(recent));
  }
  while (!channels_.empty()) {
    auto channel = channels_.extract(channels_.begin());
    divided.at(part_of(channel.mapped().config.payer)).channels_.insert(std::move(channel));
  }
  while (!payers_.empty()) {
    auto payer = payers_.extract(payers_.begin());
    divided.at(part_of(payer.key())).payers_.insert(std::move(payer));
  }
  divided.front().transactions_ = std::exchange(transactions_, {});
  divided.front().account_ = std::exchange(account_, {});
  divided.front().gone_ = std::exchange(gone_, {});
  divided.front().place_ = std::exchange(place_, {});
  for (auto& part : divided) part.places_ = places_;
  return divided;
}

}  // namespace ferry::channels

#pragma once
// The figures of a network that has run: money as the ledgers have it, and one line of JSON for tests/simulation/plot.py.

#include <string>

#include "tests/simulation/network.hpp"

namespace ferry::simulation {

/// Sums over all channels.
struct Money {
  base::Amount confirmed;      ///< what clients found right, and so owe
  base::Amount charged;        ///< what relays booked
  base::Amount claimable;      ///< of it, what vouchers cover: what clients lose
  base::Amount taken_by_liars; ///< claimable and not owed, of relays that lie
  base::Amount taken_by_dead;  ///< the same, of relays that vanished; they are not there to claim it, unless they come back
  base::Amount taken_by_others;
};
Money money_of(const Network& network);

std::string report(const Network& network);

}  // namespace ferry::simulation

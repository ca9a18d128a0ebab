#pragma once
// The published text of an exit policy, whose hash stands in quotes.

#include <string>

#include "relay/exit/exit_rules.hpp"

namespace ferry::relay::exit {

/// Each list sorted and without duplicates, ranges unmapped: two ways to say the same rules become equal.
ExitRules canonical(ExitRules rules);

/// Rules in canonical form and the built-in tables, one per line, in the order in which they decide. Ends in a newline.
std::string policy_text(const ExitRules& rules);

}  // namespace ferry::relay::exit

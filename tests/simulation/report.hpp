#pragma once
// The figures of one run, as JSON on one line: what docs/simulation.md and its plots are made of.

#include <string>

#include "tests/simulation/network.hpp"

namespace ferry::simulation {

std::string report(const Settings& settings, const Network& network, const Outcome& outcome);

}  // namespace ferry::simulation

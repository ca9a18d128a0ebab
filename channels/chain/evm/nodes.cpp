#include "channels/chain/evm/nodes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::chain::evm {
namespace {

/// It is the node that fails, not the question.
bool is_failure_of_node(const base::Error& error) {
  constexpr std::array<std::string_view, 5> kCodes{"rpc_unreachable", "rpc_no_answer", "rpc_status", "rpc_answer", "rpc_too_long"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace

Nodes::Nodes(std::vector<std::unique_ptr<Node>> nodes, Terms terms, Clock clock, Check check)
    : terms_(terms), clock_(std::move(clock)), check_(std::move(check)) {
  for (auto& node : nodes) places_.push_back({std::move(node), {}, false});
}

base::Error Nodes::nobody() { return base::environment("rpc_no_answer", "no node of the chain answers: check the network and the chain's URL"); }

base::Error Nodes::disagreement(const char* what, const Node& one, const Node& other) {
  return base::environment("chain_disagrees", "the nodes " + one.name() + " and " + other.name() + " disagree on " + what +
                                                  ": one of them is wrong or lies; find out which and take it out of the chain's URL");
}

base::Error Nodes::too_few(std::size_t answers, const base::Error& last) const {
  return base::environment("chain_too_few", "only " + std::to_string(answers) + " of the nodes answers and " + std::to_string(terms_.must_agree) +
                                                " must agree; " + last.message);
}

base::Result<bool> Nodes::check(Place& place, base::Error& last) {
  {
    const std::lock_guard lock{mutex_};
    if (place.checked) return true;
  }
  auto right = check_(*place.node);
  if (!right && !is_failure_of_node(right.error()) && right.error().code != "rpc_refused") return base::fail(std::move(right).error());
  if (!right) {
    last = take_note(*place.node, std::move(right).error());
    return false;
  }
  const std::lock_guard lock{mutex_};
  place.checked = true;
  return true;
}

base::Result<std::vector<Node*>> Nodes::usable_nodes() {
  const auto now = clock_();
  std::vector<Place*> candidates;
  {
    const std::lock_guard lock{mutex_};
    for (auto& place : places_) {
      if (place.passed_over_until <= now) candidates.push_back(&place);
    }
    // When all have failed, waiting is of no use: one of them may be back.
    if (candidates.empty()) {
      for (auto& place : places_) candidates.push_back(&place);
    }
  }
  base::Error last = nobody();
  std::vector<Node*> usable;
  for (auto* place : candidates) {
    FERRY_TRY(const bool good, check(*place, last));
    if (good) usable.push_back(place->node.get());
  }
  if (usable.empty()) return base::fail(std::move(last));
  return usable;
}

base::Error Nodes::take_note(Node& node, base::Error error) {
  if (!is_failure_of_node(error)) return error;
  const std::lock_guard lock{mutex_};
  for (auto& place : places_) {
    if (place.node.get() != &node) continue;
    place.passed_over_until = clock_() + terms_.passed_over;
    place.checked = false;
  }
  return error;
}

}  // namespace ferry::chain::evm

#pragma once
// Nodes: the nodes that the operator named, asked so that one that fails is replaced and one that lies is found out. A node that fails is
// passed over for a while and checked anew before it is asked again. What money depends on is asked of all that answer: where they differ,
// nothing is believed.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channels/chain/evm/node.hpp"

namespace ferry::chain::evm {

/// Errors of all questions: those of `check` that are no failure of a node; what a node said, when none could do better; environment
/// "chain_disagrees" (two nodes say different things of the same block: nothing is believed until an operator has found out which is wrong);
/// environment "chain_too_few" (fewer nodes answer than must agree). Threads: any.
class Nodes {
 public:
  using Clock = std::function<base::Time()>;
  /// Whether a node is on the right chain and knows the right contract. A refusal is final for the node and stops everything: it is the
  /// configuration that is wrong.
  using Check = std::function<base::Result<void>(Node&)>;

  struct Terms {
    std::size_t must_agree = 1;          ///< so many must answer where money depends on it
    base::Duration passed_over{30'000};  ///< how long a node is not asked after it has failed
  };

  /// Precondition: `nodes` is not empty.
  Nodes(std::vector<std::unique_ptr<Node>> nodes, Terms terms, Clock clock, Check check);

  /// Of the first that answers. For what is no danger when it is wrong.
  template <typename T>
  base::Result<T> first(const std::function<base::Result<T>(Node&)>& ask) {
    FERRY_TRY(const auto usable, usable_nodes());
    base::Error last = nobody();
    for (Node* node : usable) {
      auto answer = ask(*node);
      if (answer) return answer;
      last = take_note(*node, std::move(answer).error());
    }
    return base::fail(std::move(last));
  }

  /// Of each that answers; at least Terms::must_agree.
  template <typename T>
  base::Result<std::vector<std::pair<Node*, T>>> each(const std::function<base::Result<T>(Node&)>& ask) {
    FERRY_TRY(const auto usable, usable_nodes());
    std::vector<std::pair<Node*, T>> answers;
    base::Error last = nobody();
    for (Node* node : usable) {
      auto answer = ask(*node);
      if (answer) {
        answers.emplace_back(node, std::move(*answer));
      } else {
        last = take_note(*node, std::move(answer).error());
      }
    }
    if (answers.empty()) return base::fail(std::move(last));
    if (answers.size() < terms_.must_agree) return base::fail(too_few(answers.size(), last));
    return answers;
  }

  /// What all that answer say alike. `what` names the question in the error. A node that understands and says no is not passed by, for then
  /// another's word alone would do: its no is the answer.
  template <typename T>
  base::Result<T> agreed(const char* what, const std::function<base::Result<T>(Node&)>& ask) {
    std::optional<base::Error> no;
    FERRY_TRY(auto answers, each<T>([&](Node& node) {
                auto answer = ask(node);
                if (!answer && answer.error().code == "rpc_refused") no = answer.error();
                return answer;
              }));
    if (no) return base::fail(std::move(*no));
    for (const auto& [node, answer] : answers) {
      if (!(answer == answers.front().second)) return base::fail(disagreement(what, *answers.front().first, *node));
    }
    return std::move(answers.front().second);
  }

  static base::Error disagreement(const char* what, const Node& one, const Node& other);

 private:
  struct Place {
    std::unique_ptr<Node> node;
    base::Time passed_over_until;  // under mutex_
    bool checked = false;          // under mutex_
  };
  base::Result<std::vector<Node*>> usable_nodes();
  /// Checks a node that has not been since it last failed. False: it fails.
  base::Result<bool> check(Place& place, base::Error& last);
  base::Error take_note(Node& node, base::Error error);
  base::Error too_few(std::size_t answers, const base::Error& last) const;
  static base::Error nobody();

  const Terms terms_;
  const Clock clock_;
  const Check check_;
  std::mutex mutex_;
  std::vector<Place> places_;
};

}  // namespace ferry::chain::evm

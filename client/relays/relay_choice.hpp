#pragma once
// RelayChoice: which relay a fetch asks next. FirstWorking is the simple rule of today; a choice by price, latency and score is another
// RelayChoice. Threads: the loop's.

#include <set>
#include <utility>
#include <vector>

#include "client/relays/relay.hpp"

namespace ferry::client {

class RelayChoice {
 public:
  virtual ~RelayChoice() = default;
  /// The best one that is not in `besides` and has not failed in this round; null when none is left.
  virtual Relay* best(const std::set<const Relay*>& besides) = 0;
  /// It does not do: best() gives others.
  virtual void failed(Relay& relay, const base::Error& why) = 0;
  /// Everything from the start, because what failed may have passed.
  virtual void start_over() = 0;
  /// Why each relay of this round did not do; one of them when there is one.
  virtual base::Error summary() const = 0;
};

/// The connection failed, not what was asked for: the same relay may do in a moment.
bool may_pass(const base::Error& error);

/// In the order given, marked relays last.
class FirstWorking final : public RelayChoice {
 public:
  FirstWorking(std::vector<Relay*> relays, const RelayMarks& marks);
  Relay* best(const std::set<const Relay*>& besides) override;
  void failed(Relay& relay, const base::Error& why) override;
  void start_over() override;
  base::Error summary() const override;

 private:
  std::vector<Relay*> relays_;
  std::vector<std::pair<Relay*, base::Error>> failures_;
};

}  // namespace ferry::client

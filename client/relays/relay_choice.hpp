#pragma once
// RelayChoice: which relay a fetch asks next. FirstWorking is the simple rule of today; a choice by price, latency and score is another
// RelayChoice. Threads: the loop's.

#include <optional>
#include <string>
#include <vector>

#include "client/relays/relay.hpp"

namespace ferry::client {

class RelayChoice {
 public:
  virtual ~RelayChoice() = default;
  /// The relay to ask now; null when none is left in this round.
  virtual Relay* current() const = 0;
  /// The current one does not do: the next call of current() gives another one.
  virtual void failed(const base::Error& why) = 0;
  /// Everything from the start, because what failed may have passed.
  virtual void start_over() = 0;
  /// Every relay that there is to choose from, in the order of preference.
  virtual std::vector<Relay*> all() const = 0;
  /// Why each relay of this round did not do; one of them when there is one.
  virtual base::Error summary() const = 0;
};

/// The connection failed, not what was asked for: the same relay may do in a moment.
bool may_pass(const base::Error& error);

/// In the order given, marked relays last.
class FirstWorking final : public RelayChoice {
 public:
  FirstWorking(std::vector<Relay*> relays, const RelayMarks& marks);
  Relay* current() const override { return next_ < relays_.size() ? relays_[next_] : nullptr; }
  void failed(const base::Error& why) override;
  void start_over() override;
  std::vector<Relay*> all() const override { return relays_; }
  base::Error summary() const override;

 private:
  std::vector<Relay*> relays_;
  std::size_t next_ = 0;
  std::vector<base::Error> failures_;
};

}  // namespace ferry::client

#pragma once
// RelayChoice: which relay a fetch asks next. In which order relays are tried when the client is to choose, sampled_order tells.
// Threads: the loop's.

#include <functional>
#include <memory>
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
  /// From now on these come before all others, in this order.
  virtual void prefer(const std::vector<Relay*>& relays) = 0;
  /// Everything from the start, because what failed may have passed.
  virtual void start_over() = 0;
  /// Every relay that there is to choose from, in the order of preference.
  virtual std::vector<Relay*> all() const = 0;
  /// Why each relay of this round did not do; one of them when there is one.
  virtual base::Error summary() const = 0;
};

/// Another choice that is made when it is first asked: what becomes known until then is in it.
class LazyChoice final : public RelayChoice {
 public:
  using Make = std::function<std::unique_ptr<RelayChoice>()>;

  explicit LazyChoice(Make make) : make_(std::move(make)) {}
  Relay* best(const std::set<const Relay*>& besides) override { return made().best(besides); }
  void failed(Relay& relay, const base::Error& why) override { made().failed(relay, why); }
  void prefer(const std::vector<Relay*>& relays) override { made().prefer(relays); }
  std::vector<Relay*> all() const override { return made().all(); }
  void start_over() override { made().start_over(); }
  base::Error summary() const override { return made().summary(); }

 private:
  RelayChoice& made() const {
    if (!choice_) choice_ = make_();
    return *choice_;
  }

  Make make_;
  mutable std::unique_ptr<RelayChoice> choice_;
};

/// The connection failed, not what was asked for: the same relay may do in a moment.
bool may_pass(const base::Error& error);

/// In the order given; a marked relay only when all are. Lifetime: `marks` outlives this.
class FirstWorking final : public RelayChoice {
 public:
  FirstWorking(std::vector<Relay*> relays, const RelayMarks& marks) : relays_(std::move(relays)), marks_(marks) {}
  Relay* best(const std::set<const Relay*>& besides) override;
  void failed(Relay& relay, const base::Error& why) override;
  void prefer(const std::vector<Relay*>& relays) override;
  void start_over() override;
  std::vector<Relay*> all() const override;
  base::Error summary() const override;

 private:
  std::vector<Relay*> relays_;
  const RelayMarks& marks_;
  std::vector<std::pair<Relay*, base::Error>> failures_;
};

}  // namespace ferry::client

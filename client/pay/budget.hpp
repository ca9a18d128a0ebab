#pragma once
// Budget: a hard stop. What may come is reserved at its worst price before it is asked for, and settled at what it really cost, so that spent
// and reserved together never exceed the limit. A budget may lie within another (an app's within the hour's within the day's): what is counted
// in it is counted in all of them. Pure.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "protocol/base/amount.hpp"

namespace ferry::client {

class Budget {
 public:
  /// nullopt: no limit of its own. `name` is who it belongs to, in the genitive, for messages: "today's", "this app's".
  explicit Budget(std::optional<base::Amount> limit, std::shared_ptr<Budget> within = nullptr, std::string name = "the")
      : limit_(limit), within_(std::move(within)), name_(std::move(name)) {}

  /// False, and nothing changes, when this limit or one that it lies within would be exceeded.
  bool reserve(base::Amount amount);
  /// Precondition: `reserved` was reserved.
  void release(base::Amount reserved);
  /// Spent without a reservation: a loss that was adopted.
  void spend(base::Amount amount);
  /// A reservation came true as `charged`, which may be less, or more only by what is spent on top.
  void settle(base::Amount reserved, base::Amount charged);

  /// What can still be reserved: the least that this one and those it lies within leave.
  base::Amount left() const;
  /// The first of them, from this one outwards, that has no room for `amount`; nullptr when all have.
  const Budget* without_room_for(base::Amount amount) const;
  /// Nothing is left of this limit, or it had no room for what was last asked of it and nothing came back since.
  bool is_reached() const { return limit_ && (refused_ || own_left().is_zero()); }
  base::Amount spent() const { return spent_; }
  base::Amount reserved() const { return reserved_; }
  const std::optional<base::Amount>& limit() const { return limit_; }
  const std::string& name() const { return name_; }
  /// Takes nothing back: with a limit below what is spent and reserved, nothing more can be reserved.
  void set_limit(std::optional<base::Amount> limit) {
    limit_ = limit;
    refused_ = false;
  }
  /// A new period of this one alone, in which so much is spent already. Reservations stay: they will be charged in the new period.
  void start_anew(base::Amount spent_before = {}) {
    spent_ = spent_before;
    refused_ = false;
  }

 private:
  base::Amount own_left() const;

  std::optional<base::Amount> limit_;
  std::shared_ptr<Budget> within_;
  std::string name_;
  base::Amount spent_;
  base::Amount reserved_;
  bool refused_ = false;
};

}  // namespace ferry::client

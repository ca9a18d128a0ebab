#pragma once
// SpendingLimits: the budgets of the local proxy in daily use: an app's within the hour's within the day's. Hours and days are those of its
// UsageBook (UTC), which also tells it after a restart what is spent already; an app's limit is per day. Pure; time is an argument.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/pay/budget.hpp"
#include "client/usage/usage_book.hpp"

namespace ferry::client {

/// nullopt: none.
struct Limits {
  std::optional<base::Amount> per_day;
  std::optional<base::Amount> per_hour;
  std::map<std::string, base::Amount> per_app;     ///< a day, by name
  std::optional<base::Amount> per_other_app;       ///< a day, each app that is not named there
};

/// A budget as people look at it.
struct BudgetState {
  std::string name;  ///< "today", "this hour", an app's
  std::optional<base::Amount> limit;
  base::Amount spent;
  base::Amount left;  ///< of this limit alone; Amount::max() without one
  bool reached = false;  ///< Budget::is_reached()
};

class SpendingLimits {
 public:
  static constexpr std::size_t kMaxApps = 1024;

  /// Lifetime: `book` outlives this.
  SpendingLimits(Limits limits, UsageBook& book, base::Time now);
  SpendingLimits(const SpendingLimits&) = delete;
  SpendingLimits& operator=(const SpendingLimits&) = delete;

  /// The app's, kept while somebody holds it or it has spent something today. Beyond kMaxApps all new ones share UsageBook::kRest's. What is
  /// charged is first settled in it, then noted in the book.
  std::shared_ptr<Budget> budget_for(std::string_view app);
  /// Rolls the book and the budgets over. To be called now and then, and before anything is reserved.
  void advance(base::Time now);

  /// The day's, the hour's, then the apps' that have a limit and either a name in Limits or something spent, dearest first.
  std::vector<BudgetState> states() const;

 private:
  std::shared_ptr<Budget> make(const std::string& app);

  Limits limits_;
  UsageBook& book_;
  std::int64_t hour_;
  std::int64_t day_;
  std::shared_ptr<Budget> day_budget_;
  std::shared_ptr<Budget> hour_budget_;
  std::map<std::string, std::shared_ptr<Budget>> apps_;
};

}  // namespace ferry::client

#include "client/usage/spending_limits.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

using base::Amount;

namespace {

BudgetState state_of(std::string name, const Budget& budget) {
  const auto left = budget.limit() ? budget.limit()->minus_floored(budget.spent().plus_saturated(budget.reserved())) : Amount::max();
  return {std::move(name), budget.limit(), budget.spent(), left, budget.is_reached()};
}

/// Names as budget_for() looks them up.
Limits with_bounded_names(Limits limits) {
  std::map<std::string, Amount> apps;
  for (const auto& [app, limit] : limits.per_app) apps.emplace(UsageBook::bounded_name(app), limit);
  limits.per_app = std::move(apps);
  return limits;
}

}  // namespace

SpendingLimits::SpendingLimits(Limits limits, UsageBook& book, base::Time now) : limits_(with_bounded_names(std::move(limits))), book_(book) {
  book_.advance(now);
  hour_ = book_.hour();
  day_ = book_.day();
  day_budget_ = std::make_shared<Budget>(limits_.per_day, nullptr, "today's");
  day_budget_->start_anew(book_.today().spent);
  hour_budget_ = std::make_shared<Budget>(limits_.per_hour, day_budget_, "this hour's");
  hour_budget_->start_anew(book_.this_hour().spent);
  for (const auto& [app, limit] : limits_.per_app) apps_[app] = make(app);
}

std::shared_ptr<Budget> SpendingLimits::make(const std::string& app) {
  const auto named = limits_.per_app.find(app);
  const auto limit = named == limits_.per_app.end() ? limits_.per_other_app : std::optional(named->second);
  auto budget = std::make_shared<Budget>(limit, hour_budget_, "this app's");
  budget->start_anew(book_.apps().of(app).spent);
  return budget;
}

std::shared_ptr<Budget> SpendingLimits::budget_for(std::string_view app) {
  auto name = UsageBook::bounded_name(app);
  if (const auto known = apps_.find(name); known != apps_.end()) return known->second;
  if (apps_.size() >= kMaxApps + limits_.per_app.size()) name = UsageBook::kRest;
  auto& budget = apps_[name];
  if (!budget) budget = make(name);
  return budget;
}

void SpendingLimits::advance(base::Time now) {
  book_.advance(now);
  if (std::exchange(hour_, book_.hour()) != book_.hour()) hour_budget_->start_anew(book_.this_hour().spent);
  if (std::exchange(day_, book_.day()) == book_.day()) return;
  day_budget_->start_anew(book_.today().spent);
  std::erase_if(apps_, [this](const auto& entry) { return entry.second.use_count() == 1 && !limits_.per_app.contains(entry.first); });
  for (const auto& [app, budget] : apps_) budget->start_anew(book_.apps().of(app).spent);
}

std::vector<BudgetState> SpendingLimits::states() const {
  std::vector<BudgetState> apps;
  for (const auto& [app, budget] : apps_) {
    if (budget->limit() && (limits_.per_app.contains(app) || !budget->spent().is_zero())) apps.push_back(state_of(app, *budget));
  }
  std::stable_sort(apps.begin(), apps.end(), [](const BudgetState& a, const BudgetState& b) { return a.spent > b.spent; });
  apps.insert(apps.begin(), {state_of("today", *day_budget_), state_of("this hour", *hour_budget_)});
  return apps;
}

}  // namespace ferry::client

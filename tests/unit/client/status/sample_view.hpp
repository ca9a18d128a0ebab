#pragma once
// sample_view: a StatusView with something of everything, for the tests of what is made of it.

#include "client/status/status_view.hpp"

namespace ferry::client::testing {

inline StatusView sample_view() {
  using base::Amount;
  StatusView view;
  view.now = base::Time::from_seconds(1'000'000 * 60);
  view.version = "1.2.3";
  view.proxy_address = "127.0.0.1:1080";
  const Usage usage{Amount::btt(3), 5'000'000, 7'000};
  view.relays.push_back({"ferry://relay-one", true, base::Duration{42}, RelayPrices{Amount::btt(1), Amount::btt(2), Amount::btt(4), Amount::btt(8)}, usage});
  view.relays.push_back({"ferry://relay-two", false, std::nullopt, std::nullopt, {}});
  view.budgets.push_back({"today", Amount::btt(10), Amount::btt(3), Amount::btt(7), false});
  view.budgets.push_back({"this hour", std::nullopt, Amount::btt(3), Amount::max(), false});
  view.budgets.push_back({"browser", Amount::btt(5), Amount::btt(3), Amount::btt(2), false});
  view.today = view.this_hour = usage;
  view.apps.push_back({"browser", usage});
  view.hosts.push_back({"example.org", usage});
  view.relay_usage.push_back({"ferry://relay-one", usage});
  view.tunnels.push_back({"browser", "example.org", 443, "ferry://relay-one", {Amount::btt(1), 1000, 10}, base::Duration{90'000}});
  view.fetched = {{"quorum", 12}, {"not reached", 1}};
  UsageBook book;
  book.note("browser", "example.org", "ferry://relay-one", usage, view.now);
  view.last_hour = book.last_hour(view.now);
  view.wallet_balance = Amount::btt(1'000);
  view.channel_balance = Amount::btt(250);
  return view;
}

}  // namespace ferry::client::testing

#include "client/proxy/proxy_house.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/proxy/local_destinations.hpp"

namespace ferry::client {

using base::Amount;

namespace {

/// Read into by all sockets of apps, one after the other.
constexpr std::size_t kScratchBytes = 64 * 1024;

Amount spendable(Core& core) {
  Amount sum;
  for (auto* book : core.books.all()) {
    for (const auto& [id, channel] : book->ledger().channels()) {
      if (!channel.closed) sum = sum.plus_saturated(channel.balance.minus_floored(std::max(channel.confirmed, channel.total_claimed)));
    }
  }
  return sum;
}

}  // namespace

ProxyHouse::ProxyHouse(Core& core, KnownRelays& relays, RelayFinder& finder, ProxySettings settings)
    : core_(core),
      relays_(relays),
      finder_(finder),
      settings_(std::move(settings)),
      scratch_(kScratchBytes),
      file_(core.loop, core.data_dir.usage(), core.announcer, book_) {
  file_.load();
  limits_ = std::make_unique<SpendingLimits>(settings_.limits, book_, core_.now());
}

std::unique_ptr<RelayChoice> ProxyHouse::choose_relay() {
  relays_.meet(core_.settings.relays);
  return relays_.choose(core_.settings.relays);
}

std::shared_ptr<Budget> ProxyHouse::budget_for(const std::string& app) {
  limits_->advance(core_.now());
  return limits_->budget_for(app);
}

void ProxyHouse::note(const std::string& app, const std::string& host, const std::string& relay, const Usage& usage) {
  book_.note(app, host, relay, usage, core_.now());
  limits_->advance(core_.now());
  file_.changed();
}

void ProxyHouse::note_level(const std::string& receipt_json, const base::Error* error) {
  if (error != nullptr) {
    if (error->code == "quorum_not_reached" || error->code == "verification_not_reached") ++levels_["not reached"];
    if (error->code == "content_differs") ++levels_["tunnel"];
    return;
  }
  // "quorum 2/3" is of the level "quorum".
  const auto receipt = nlohmann::json::parse(receipt_json);
  const auto level = receipt.at("verification").get<std::string>();
  ++levels_[level.substr(0, level.find(' '))];
}

base::Result<bool> ProxyHouse::goes_direct(const Destination& to) const {
  if (settings_.exclusions.covers(to.host, to.port)) return true;
  if (!is_local(to.host)) return false;
  if (settings_.local == LocalDestinations::direct) return true;
  return base::fail(base::refusal("local_destination", to.host.to_string() + " is on this machine or its own network, where no relay can go: let the app "
                                                                           "connect by itself, or start the proxy with --local direct"));
}

std::uint64_t ProxyHouse::enter(LiveTunnel tunnel) {
  tunnels_.emplace(++last_tunnel_, std::move(tunnel));
  return last_tunnel_;
}

LiveTunnel* ProxyHouse::find(std::uint64_t number) {
  const auto found = tunnels_.find(number);
  return found == tunnels_.end() ? nullptr : &found->second;
}

StatusView ProxyHouse::view(const std::string& address) {
  StatusView view;
  view.now = core_.now();
  limits_->advance(view.now);
  view.version = core_.settings.software;
  view.proxy_address = address;
  for (auto* relay : relays_.all()) {
    RelayState state{relay->text(), relay->session() != nullptr, {}, {}, book_.relays().of(relay->text())};
    if (const auto latency = relay->latency_ms()) state.latency = base::Duration{static_cast<std::int64_t>(*latency)};
    if (const auto& quote = relay->last_quote()) {
      state.prices = RelayPrices{quote->hit_per_mib, quote->miss_per_mib, quote->tunnel_down_per_mib, quote->tunnel_up_per_mib};
    }
    view.relays.push_back(std::move(state));
  }
  view.budgets = limits_->states();
  for (const auto& [level, count] : levels_) view.fetched.emplace_back(level, count);
  view.this_hour = book_.this_hour();
  view.today = book_.today();
  view.apps = book_.apps().rows();
  view.hosts = book_.hosts().rows();
  view.relay_usage = book_.relays().rows();
  for (const auto& [number, tunnel] : tunnels_) {
    view.tunnels.push_back({tunnel.app, tunnel.to.host.to_string(), tunnel.to.port, tunnel.relay, tunnel.usage, view.now - tunnel.since});
  }
  view.last_hour = book_.last_hour(view.now);
  view.channel_balance = spendable(core_);
  return view;
}

}  // namespace ferry::client

#include "tests/simulation/network.hpp"

#include <cmath>
#include <utility>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/fetch.hpp"

namespace ferry::simulation {

namespace {

constexpr double kSlower = 10;

base::Amount scaled(base::Amount price, double by) { return *price.scaled_down(static_cast<base::Amount::Raw>(by * 1000), 1000); }

}  // namespace

Network::Network(const Settings& settings) : world_(settings) {
  for (std::uint32_t i = 0; i < settings.relays; ++i) add_relay(i);
  for (std::uint32_t i = 0; i < settings.clients; ++i) add_client();
}

Network::~Network() = default;

base::SecretKey Network::new_key() {
  for (;;) {
    base::Bytes secret(32);
    for (auto& byte : secret) byte = static_cast<std::uint8_t>(world_.random() >> 56U);
    if (auto key = base::SecretKey::from_bytes(secret)) return std::move(*key);
  }
}

/// 20 to 200 Mbit/s, 5 to 80 ms, half to twice the standard price, one apart from the other.
void Network::add_relay(std::size_t number) {
  const auto& settings = world_.settings;
  auto key = new_key();
  const double rate = world_.uniform(2.5e6, 25e6), delay = world_.uniform(0.005, 0.08), dear = world_.uniform(0.5, 2);
  double kind = world_.uniform(0, 1);
  const double when = world_.uniform(0.2, 0.8) * settings.length_seconds();
  const auto is_of = [&kind](double share) {
    const bool is = kind >= 0 && kind < share;
    kind -= share;
    return is;
  };
  const bool lies = is_of(settings.liars), dies = is_of(settings.dying), slow = is_of(settings.slow), late = is_of(settings.late);
  auto relay = std::make_unique<SimRelay>(world_, number, std::move(key), slow ? rate / kSlower : rate);
  relay->delay = delay;
  relay->is_slow = slow;
  relay->tariff.hit = scaled(relay->tariff.hit, dear);
  relay->tariff.miss = scaled(relay->tariff.miss, dear);
  if (lies) relay->manner = number % 2 == 0 ? Manner::corrupts : Manner::overcharges;
  if (dies) relay->until = when;
  if (late) relay->from = settings.length_seconds() / 2;
  relays_.push_back(std::move(relay));
}

/// 20 to 100 Mbit/s, 5 to 50 ms.
void Network::add_client() {
  auto key = new_key();
  const double rate = world_.uniform(2.5e6, 12.5e6);
  auto& client = *clients_.emplace_back(std::make_unique<SimClient>(world_, relays_, std::move(key), rate));
  client.delay = world_.uniform(0.005, 0.05);
  client.fetches_left = world_.settings.fetches;
}

void Network::run() {
  for (const auto& client : clients_) {
    world_.events.at(world_.uniform(0, world_.settings.gap_seconds), [this, &client = *client] { begin(client); });
  }
  world_.events.run();
}

void Network::begin(SimClient& client) {
  --client.fetches_left;
  const auto object = world_.catalogue.draw(world_.uniform(0, 1));
  const auto ended = [this, &client] {
    if (client.fetches_left == 0) return;
    const double gap = -std::log(world_.uniform(1e-9, 1)) * world_.settings.gap_seconds;
    world_.events.after(gap, [this, &client] { begin(client); });
  };
  std::make_shared<Fetch>(client, object, ended)->start();
}

}  // namespace ferry::simulation

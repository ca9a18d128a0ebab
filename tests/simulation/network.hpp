#pragma once
// Network: relays and clients as the settings want them, and clients that fetch one object after the other until each has made its fetches.
// Everything follows from the settings and their seed.

#include <memory>
#include <vector>

#include "tests/simulation/sim_client.hpp"

namespace ferry::simulation {

class Network {
 public:
  explicit Network(const Settings& settings);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  void run();
  World& world() { return world_; }
  const World& world() const { return world_; }
  const Relays& relays() const { return relays_; }
  const std::vector<std::unique_ptr<SimClient>>& clients() const { return clients_; }

 private:
  base::SecretKey new_key();
  void add_relay(std::size_t number);
  void add_client();
  void begin(SimClient& client);

  World world_;
  Relays relays_;
  std::vector<std::unique_ptr<SimClient>> clients_;
};

}  // namespace ferry::simulation

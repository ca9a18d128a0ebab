#pragma once
// Network: relays and clients on virtual lines, and fetches between them, one relay at a time, chunk by chunk. Everything that happens follows from
// the settings and their seed.

#include <memory>
#include <random>
#include <vector>

#include "tests/simulation/event_queue.hpp"
#include "tests/simulation/parties.hpp"
#include "tests/simulation/settings.hpp"

namespace ferry::simulation {

/// What came of it, beside what the relays say of themselves.
struct Outcome {
  std::uint64_t fetches = 0, failed = 0;       ///< that ended
  std::uint64_t bytes = 0, bytes_from_cache = 0;
  std::uint64_t wrong_chunks = 0;              ///< that were believed
  std::uint64_t lies_found = 0, switches = 0;  ///< chunks refused; fetches that went on with another relay
  std::uint64_t chosen_although_marked = 0;
  base::Amount paid;                           ///< by clients
  base::Amount earned;                         ///< by relays
  base::Amount unpaid_lies;                    ///< charged for chunks that no client owes
  std::vector<double> first_byte;              ///< seconds
};

class Network {
 public:
  explicit Network(const Settings& settings);
  Outcome run();
  const std::vector<SimRelay>& relays() const { return relays_; }

 private:
  struct Fetch;

  base::SecretKey new_key();
  double uniform(double low, double high);
  std::size_t draw_object();
  void make_objects();
  void tell_of_relays(SimClient& client);
  std::vector<std::uint32_t> order_for(SimClient& client);
  void begin(std::uint32_t client);
  void next_relay(const std::shared_ptr<Fetch>& fetch);
  void ask(const std::shared_ptr<Fetch>& fetch, std::uint32_t number);
  void bring(const std::shared_ptr<Fetch>& fetch, std::uint32_t number);
  void came(const std::shared_ptr<Fetch>& fetch, std::uint32_t number, const channels::ChargeRecord& charge, std::uint64_t bytes, bool lie);
  void lose(const std::shared_ptr<Fetch>& fetch, std::uint32_t number);
  void end(const Fetch& fetch, bool well);
  /// C3 and S2: admitted, charged and, unless it is a lie, owed.
  channels::ChargeRecord charge(Fetch& fetch, SimRelay& relay, std::uint64_t index, base::Amount price, base::Amount chunk_price);
  void count(Fetch& fetch, const channels::ChargeRecord& charge, std::uint64_t index);
  base::Time time() const;

  Settings settings_;
  std::mt19937_64 random_;
  client::Random choice_random_;
  EventQueue events_;
  std::vector<SimRelay> relays_;
  std::vector<SimClient> clients_;
  std::vector<std::uint64_t> object_bytes_;
  std::vector<double> popularity_;  ///< cumulative
  std::uint64_t requests_ = 0;
  std::vector<double> last_came_;   ///< of each client, for speeds
  Outcome outcome_;
};

}  // namespace ferry::simulation

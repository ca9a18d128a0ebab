#pragma once
// What a TestRelay's connections share. All of it is used under `mutex`, which the relay's thread holds while it works.

#include <condition_variable>
#include <deque>

#include "channels/relay_ledger.hpp"
#include "pricing/recent_quotes.hpp"
#include "tests/unit/client/test_relay.hpp"

namespace ferry::client::testing {

class TestConnection;

struct TestRelay::State {
  State(TestLedger& chain_ledger, const base::SecretKey& identity_key, const base::SecretKey& impostor_key);

  base::Time now() const;

  mutable std::recursive_mutex mutex;
  std::condition_variable_any moved;  ///< after each turn of the relay's thread
  TestLedger& ledger;
  const base::SecretKey& identity;
  const base::SecretKey& impostor;
  base::Domain domain;
  base::Hash256 domain_separator;
  base::Address token;
  base::Amount min_deposit = base::Amount::btt(1);
  pricing::Tariff tariff;
  channels::RelayLedger book;
  std::map<std::string, TestObject> objects;
  std::map<std::string, Site> sites;
  Cheats cheats;
  std::optional<pricing::SignedQuote> standing_offer;  ///< of the first tunnel
  std::shared_ptr<wire::TlsContext> tls;

  std::vector<SeenRequest> requests;
  std::vector<SeenRequest> questions;
  std::deque<SeenTunnel> tunnels;  ///< a stream keeps its place
  std::deque<SeenTunnel> tunnel_questions;
  std::vector<base::Amount> ceilings;
  std::uint64_t connections_seen = 0;
  std::uint64_t chunks_sent = 0;
  std::map<std::uint64_t, std::pair<base::Amount, base::Amount>> charged;  ///< of each chunk, its last charge and the sum after it

  int listener = -1;
  int wake_read = -1, wake_write = -1;
  std::uint16_t port = 0;
  bool listening = true;
  bool stopping = false;
  std::vector<std::unique_ptr<TestConnection>> connections;
};

}  // namespace ferry::client::testing

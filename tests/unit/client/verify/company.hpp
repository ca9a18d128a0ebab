#pragma once
// What the tests of quorums share: several relays and their client.

#include <algorithm>

#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client::testing {

inline FetchRequest with_quorum(const TestClient& client, std::size_t wanted = 2, bool or_relay = false) {
  auto request = client.request(kUrl);
  request.verify = content::VerificationLevel::quorum;
  request.quorum = wanted;
  request.or_relay = or_relay;
  return request;
}

inline std::size_t words_asked(const TestRelay& relay) {
  const auto requests = relay.requests();
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), [](const auto& request) { return request.is_witness; }));
}

/// What the receipt says of one relay.
inline nlohmann::json entry_of(const Fetched& fetched, const TestRelay& relay) {
  for (const auto& entry : fetched.receipt["relays"]) {
    if (entry["relay"] == relay.reference()) return entry;
  }
  return {{"chunks", 0}, {"witnessed", 0}, {"charged", "0"}};
}

/// The same name, another byte.
inline TestObject corrupted(std::size_t size) {
  auto object = object_of(size);
  object.body[size / 2] ^= 1U;
  return object;
}

/// What a test of one liar among several shares: the first relay that is asked is the one that a test bends.
struct Company {
  explicit Company(std::size_t count, TestObject what = object_of(kSize), const std::function<void(ClientSettings&)>& adjust = {}) {
    for (std::size_t i = 0; i < count; ++i) relays.push_back(std::make_unique<TestRelay>(ledger));
    for (const auto& relay : relays) relay->serve(kUrl, what);
    std::vector<TestRelay*> list;
    for (const auto& relay : relays) list.push_back(relay.get());
    client = std::make_unique<TestClient>(list, adjust);
  }
  TestRelay& first() { return *relays.front(); }
  std::vector<std::string> marked() {
    std::vector<std::string> codes;
    for (const auto& event : client->events("relay_marked")) codes.push_back(event["relay"].get<std::string>() + " " + event["name"].get<std::string>());
    return codes;
  }
  std::string marked_first(const std::string& code) const { return relays.front()->reference() + " " + code; }

  TestLedger ledger;
  std::vector<std::unique_ptr<TestRelay>> relays;
  std::unique_ptr<TestClient> client;
};

}  // namespace ferry::client::testing

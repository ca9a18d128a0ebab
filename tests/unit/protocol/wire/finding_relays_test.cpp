// Questions about relays and their answers, in both sessions: bounded while unanswered, answered once, limits of every field.

#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/message_samples.hpp"
#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;

namespace {

std::string code_of_find(const ToRelay& message) {
  const auto decoded = decode_to_relay(samples::bytes_of(message));
  return decoded ? "ok" : decoded.error().code;
}

std::string code_of_answer(Relays message) {
  const auto decoded = decode_to_client(samples::bytes_of(ToClient{std::move(message)}), nullptr);
  return decoded ? "ok" : decoded.error().code;
}

}  // namespace

TEST_CASE("finding relays: questions keep to their limits") {
  CHECK(code_of_find(FindRelays{0, "", 1}) == "message_field");
  CHECK(code_of_find(FindRelays{1, "", 0}) == "message_field");
  CHECK(code_of_find(FindRelays{1, std::string(kMaxRegion, 'r'), kMaxDescriptors}) == "ok");
  CHECK(code_of_find(FindRelays{1, std::string(kMaxRegion + 1, 'r'), 1}) == "pack_limit");
  CHECK(code_of_find(FindRelays{1, "", kMaxDescriptors + 1}) == "message_field");
  CHECK(code_of_find(FindHolders{1, {}, kMaxDescriptors}) == "ok");
  CHECK(code_of_find(FindHolders{1, {}, kMaxDescriptors + 1}) == "message_field");
  CHECK(code_of_find(FindHolders{0, {}, 1}) == "message_field");
}

TEST_CASE("finding relays: answers keep to their limits") {
  CHECK(code_of_answer({1, {}}) == "ok");
  CHECK(code_of_answer({0, {}}) == "message_field");
  CHECK(code_of_answer({1, std::vector<base::Bytes>(kMaxDescriptors, base::Bytes(kMaxPackedDescriptor, 1))}) == "ok");
  CHECK(code_of_answer({1, std::vector<base::Bytes>(kMaxDescriptors + 1, base::Bytes(1, 1))}) == "pack_limit");
  CHECK(code_of_answer({1, {base::Bytes(kMaxPackedDescriptor + 1, 1)}}) == "pack_limit");
  CHECK(code_of_answer({1, {base::Bytes{}}}) == "message_field");
}

TEST_CASE("finding relays: a relay has at most four questions of a session before it") {
  RelayScript relay;
  relay.authenticated();
  relay.feed(FindRelays{1, "", 8}).expect<RelaysAsked>();
  relay.feed(FindHolders{2, {}, 8}).expect<HoldersAsked>();
  relay.feed(FindRelays{3, "", 8}).expect<RelaysAsked>();
  relay.feed(FindRelays{4, "", 8}).expect<RelaysAsked>();
  relay.act([](RelaySession& s) { s.send(Relays{2, {}}); }).expect_said<Relays>();
  relay.feed(FindHolders{5, {}, 8}).expect<HoldersAsked>();
  relay.feed(FindRelays{6, "", 8}).expect_fault("too_many_finds");
}

TEST_CASE("finding relays: nobody may ask before the session stands") {
  RelayScript relay;
  relay.feed(FindRelays{1, "", 8}).expect_fault("message_order");
  ClientScript client;
  client.greeted().act([](ClientSession& s) { CHECK(s.find(FindRelays{0, "", 8}).error().code == "not_welcomed"); });
  client.expect_nothing();
}

TEST_CASE("finding relays: a client's question is answered once") {
  ClientScript client;
  std::uint32_t id = 0;
  client.welcomed().act([&](ClientSession& s) { id = s.find(FindRelays{0, "de", 1000}).value(); });
  const auto asked = client.expect_said<FindRelays>();
  CHECK(asked.id == id);
  CHECK(asked.limit == kMaxDescriptors);
  CHECK(client.feed(Relays{id, {{1}}}).expect<Relays>().descriptors.size() == 1);
  client.feed(Relays{id, {}}).expect_fault("relays_unasked");
}

TEST_CASE("finding relays: a client asks at most four questions at once") {
  ClientScript client;
  client.welcomed().act([](ClientSession& s) {
    for (std::size_t i = 0; i < kMaxFindsInFlight; ++i) CHECK(s.find(FindHolders{0, {}, 1}).has_value());
    CHECK(s.find(FindHolders{0, {}, 1}).error().code == "too_many_finds");
  });
  CHECK(client.said().size() == kMaxFindsInFlight);
}

// Asking relays for others, and using those.

#include "client/relays/relay_finder.hpp"

#include "client/jobs/jobs.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

/// A client that knows `known` and may find others.
std::function<void(ClientSettings&)> discovering(const TestRelay& known) {
  return [reference = known.reference()](ClientSettings& settings) {
    settings.discover = true;
    settings.bootstrap = {RelayReference::parse(reference).value()};
  };
}

std::set<std::string> listed(TestClient& client) {
  const auto answer = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_relays(core, relays, false, job); });
  std::set<std::string> names;
  for (const auto& relay : (*answer.json)["relays"]) names.insert(relay["relay"].get<std::string>());
  return names;
}

}  // namespace

TEST_CASE("finding relays: a fetch goes through one that another told of") {
  TestLedger ledger;
  TestRelay guide(ledger), worker(ledger);
  worker.serve(kUrl, object_of(kSize));
  for (auto* relay : {&guide, &worker}) relay->set([&](Cheats& cheats) { cheats.tells_of = {worker.descriptor()}; });
  TestClient client({}, discovering(guide));
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(worker.requests().size() == 1);
  CHECK(guide.requests().empty());
}

TEST_CASE("finding relays: two are asked, so one cannot hide what the other knows") {
  TestLedger ledger;
  TestRelay hides(ledger), tells(ledger), hidden(ledger);
  hides.set([&](Cheats& cheats) { cheats.tells_of = {tells.descriptor()}; });
  tells.set([&](Cheats& cheats) { cheats.tells_of = {hidden.descriptor()}; });
  hidden.set([&](Cheats& cheats) { cheats.tells_of.emplace(); });
  TestClient client({}, discovering(hides));
  CHECK(listed(client).contains(hidden.reference()));
}

TEST_CASE("finding relays: what is forged, old or garbage is left out, and the rest is taken") {
  TestLedger ledger;
  TestRelay liar(ledger), honest(ledger);
  auto forged = liar.descriptor();
  forged.back() ^= 1U;
  honest.set([&](Cheats& cheats) { cheats.tells_of = {honest.descriptor(1)}; });
  liar.set([&](Cheats& cheats) {
    cheats.tells_of = {base::Bytes(990, 0xc1), forged, honest.descriptor(9), honest.descriptor(8)};
  });
  TestClient client({}, discovering(liar));
  CHECK(listed(client) == std::set<std::string>{liar.reference(), honest.reference()});
  const auto sequence = client.run([&](Core& core, KnownRelays&, const ResultJobPtr& job) {
    job->succeed({{"sequence", core.found.find(honest.address())->sequence}});
  });
  CHECK((*sequence.json)["sequence"] == 9);
}

TEST_CASE("finding relays: they are remembered, when nobody is left who told of them") {
  TestLedger ledger;
  std::optional<TestRelay> guide(std::in_place, ledger);
  TestRelay worker(ledger);
  worker.serve(kUrl, object_of(kSize));
  worker.set([&](Cheats& cheats) { cheats.tells_of = {worker.descriptor()}; });
  guide->set([&](Cheats& cheats) { cheats.tells_of = {worker.descriptor()}; });
  TestClient client({}, discovering(*guide));
  CHECK(listed(client).contains(worker.reference()));
  guide.reset();
  client.settings().bootstrap.clear();
  client.restart();
  CHECK(client.fetch(kUrl).body == pattern(kSize));
}

TEST_CASE("finding relays: without leave nobody is asked, and nobody but those that are named is used") {
  TestLedger ledger;
  TestRelay named(ledger), other(ledger);
  named.serve(kUrl, object_of(kSize));
  named.set([&](Cheats& cheats) { cheats.tells_of = {other.descriptor()}; });
  TestClient client({&named});
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(listed(client) == std::set<std::string>{named.reference()});
}

TEST_CASE("finding relays: a fetch that waits for them can be cancelled") {
  TestLedger ledger;
  TestRelay silent(ledger);  // it says nothing when it is asked for others
  TestClient client({}, discovering(silent));
  auto pending = client.start(client.request(kUrl));
  silent.wait_for([&] { return silent.connections() > 0; });
  client.client().cancel(pending.id());
  CHECK(pending.wait().code() == "cancelled");
}

}  // namespace ferry::client

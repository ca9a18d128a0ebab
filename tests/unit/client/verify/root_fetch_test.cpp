// Content asked for by its root: nothing but the root is believed.

#include "client/fetch/fetch.hpp"
#include "protocol/content/root_url.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

base::Hash256 root_of(const base::Bytes& body) {
  std::vector<base::Hash256> hashes;
  for (std::uint64_t i = 0; i < content::chunk_count(body.size()); ++i) {
    const auto chunk = base::ByteView{body}.subspan(i * kChunk, content::chunk_size(base::ChunkIndex{i}, body.size()));
    hashes.push_back(content::chunk_hash(base::ChunkIndex{i}, chunk));
  }
  return content::root_of(hashes);
}

const std::string& wanted() {
  static const std::string url = content::root_url(root_of(pattern(kSize)));
  return url;
}

/// As a relay that holds it whole has it.
TestObject held(base::Bytes body) {
  TestObject object;
  object.body = std::move(body);
  object.announces_hashes = true;
  object.validator = "\"root\"";
  for (std::uint64_t i = 0; i < content::chunk_count(object.body.size()); ++i) object.held.insert(i);
  return object;
}

FetchRequest by_root(const TestClient& client, const std::string& url = wanted()) {
  auto request = client.request(url);
  request.verify = content::VerificationLevel::content_address;
  REQUIRE(make_canonical(request).has_value());
  return request;
}

}  // namespace

TEST_CASE("by root: who is said to hold it is asked first, and was never heard of before; one that does not costs nothing") {
  TestLedger ledger;
  TestRelay guide(ledger), other(ledger), boaster(ledger), holder(ledger);
  for (auto* relay : {&guide, &other, &boaster}) {
    relay->set([&](Cheats& cheats) {
      cheats.refuse_requests = base::refusal("root_not_held", "not here");
      cheats.tells_of = {other.descriptor()};
      cheats.tells_of_holders.emplace();
    });
  }
  guide.set([&](Cheats& cheats) { cheats.tells_of_holders = {boaster.descriptor(), holder.descriptor()}; });
  holder.serve(wanted(), held(pattern(kSize)));
  TestClient client({}, [&](ClientSettings& settings) {
    settings.discover = true;
    settings.bootstrap = {RelayReference::parse(guide.reference()).value()};
  });
  const auto fetched = client.fetch(by_root(client));
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(other.requests().empty());
  CHECK(boaster.questions().size() == 1);
  CHECK(boaster.channels().empty());
  for (const auto& entry : fetched.receipt["relays"]) {
    if (entry["relay"] != holder.reference()) CHECK(entry["charged"] == "0");
  }
}

TEST_CASE("by root: it comes from whoever has it") {
  TestLedger ledger;
  TestRelay without(ledger), with(ledger);
  without.set([](Cheats& cheats) { cheats.refuse_requests = base::refusal("root_not_held", "not here"); });
  with.serve(wanted(), held(pattern(kSize)));
  TestClient client({&without, &with});
  auto request = by_root(client);
  request.file = client.scratch() / "file";
  const auto fetched = client.fetch(request);
  CHECK(fetched.code() == "");
  CHECK(read_all(*request.file) == pattern(kSize));
  CHECK(fetched.receipt["verification"] == "content-address");
  CHECK(fetched.receipt["url"] == wanted());
}

TEST_CASE("by root: a chunk of another object is found at once, not delivered and not paid") {
  TestLedger ledger;
  TestRelay liar(ledger), honest(ledger);
  liar.serve(wanted(), held(pattern(kSize)));
  liar.set([](Cheats& cheats) { cheats.corrupt_chunk = 1; });
  honest.serve(wanted(), held(pattern(kSize)));
  TestClient client({&liar, &honest});
  const auto fetched = client.fetch(by_root(client));
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(fetched.receipt["relays"][0]["chunks"] == 1);
  CHECK(client.events("relay_marked").size() == 1);
}

TEST_CASE("by root: another object under this name is a lie that its own signature proves") {
  TestLedger ledger;
  TestRelay liar(ledger);
  liar.serve(wanted(), held(pattern(kSize, 2)));
  TestClient client({&liar});
  const auto fetched = client.fetch(by_root(client));
  CHECK(fetched.code() == "manifest_root");
  CHECK(fetched.body.empty());
  client.close();
  const auto records = client.data_dir() / "evidence" / "records";
  REQUIRE(is_there(records));
  for (const auto& entry : std::filesystem::directory_iterator(records)) {
    const auto text = read_all(entry.path());
    const auto record = parse_evidence({reinterpret_cast<const char*>(text.data()), text.size()});
    REQUIRE(record.has_value());
    CHECK(examine(*record).convicted == std::vector{liar.address()});
  }
}

TEST_CASE("by root: chunks without the hashes that lead to it are not taken") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = held(pattern(kSize));
  object.announces_hashes = false;
  relay.serve(wanted(), object);
  TestClient client({&relay});
  const auto fetched = client.fetch(by_root(client));
  CHECK(fetched.code() == "hashes_missing");
  CHECK(fetched.body.empty());
}

TEST_CASE("by root: what no root was given for cannot be had at that level") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.verify = content::VerificationLevel::content_address;
  CHECK(client.fetch(request).code() == "verification_not_reached");
  CHECK(relay.requests().empty());
}

TEST_CASE("by root: a part that was fetched from one relay is completed by another") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  for (auto* relay : {&first, &second}) relay->serve(wanted(), held(pattern(kSize)));
  first.set([](Cheats& cheats) { cheats.cut_chunk = 3; });
  TestClient client({&first, &second});
  auto request = by_root(client);
  request.file = client.scratch() / "file";
  const auto fetched = client.fetch(request);
  CHECK(fetched.code() == "");
  CHECK(read_all(*request.file) == pattern(kSize));
  REQUIRE(second.requests().size() == 1);
  CHECK(second.requests()[0].first_chunk == 3);
}

}  // namespace ferry::client

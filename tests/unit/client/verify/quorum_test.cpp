// Fetches whose every chunk other relays vouch for: with honest relays, with every kind of liar, and where nobody need have lied.

#include "client/verify/quorum.hpp"

#include "tests/unit/client/verify/company.hpp"

namespace ferry::client {

using namespace testing;

TEST_CASE("quorum: a body that two relays agree on is delivered, and the word of the second costs its share") {
  Company company(2);
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(fetched.receipt["verification"] == "quorum 2/2");
  CHECK(fetched.receipt["relays"].size() == 2);
  // Manifests, quotes and one hash for each chunk: little beside the body.
  CHECK(fetched.receipt["overhead_bytes"] > 6 * 90);
  CHECK(fetched.receipt["overhead_bytes"] < 6000);
  CHECK(words_asked(company.first()) == 0);
  CHECK(words_asked(*company.relays[1]) == 1);
  CHECK(company.relays[1]->chunks_sent() == 0);
  for (const auto& entry : fetched.receipt["relays"]) {
    const bool is_witness = entry["relay"] == company.relays[1]->reference();
    CHECK(entry["witnessed"] == (is_witness ? 6 : 0));
    CHECK(entry["chunks"] == (is_witness ? 0 : 6));
    // A quarter of what a chunk costs that must be fetched.
    if (is_witness) CHECK(btt(entry["charged"].get<std::string>().c_str()) == sum(sum(kFee, times(btt("0.125"), 5)), pricing::price_of(btt("0.5"), 100)));
  }
  for (const auto& relay : company.relays) {
    relay->wait_for([&] { return only_channel(*relay).ceiling >= only_channel(*relay).charged; });
  }
}

TEST_CASE("quorum: three of three") {
  Company company(4);
  const auto fetched = company.client->fetch(with_quorum(*company.client, 3));
  CHECK(fetched.code() == "");
  CHECK(fetched.receipt["verification"] == "quorum 3/3");
}

TEST_CASE("quorum: one byte changed under the same name is never delivered, not paid, kept as evidence, and remembered") {
  Company company(3);
  company.first().serve(kUrl, corrupted(kSize));
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(company.marked() == std::vector{company.marked_first("chunk_outvoted")});
  // The chunks before the wrong one were as others said.
  CHECK(entry_of(fetched, company.first())["chunks"] == 2);
  CHECK(btt(entry_of(fetched, company.first())["charged"].get<std::string>().c_str()) == sum(kFee, times(kMissChunk, 2)));
  company.client->close();
  std::size_t records = 0;
  for (const auto& entry : std::filesystem::directory_iterator(company.client->data_dir() / "evidence" / "records")) {
    const auto text = read_all(entry.path());
    const auto record = parse_evidence({reinterpret_cast<const char*>(text.data()), text.size()});
    REQUIRE(record.has_value());
    CHECK(record->code == "chunk_outvoted");
    CHECK(record->accused == company.first().address());
    CHECK(record->words.size() == 3);
    ++records;
  }
  CHECK(records == 1);
}

TEST_CASE("quorum: a witness that lies is found by a third, and the body goes on") {
  // Who is asked first as a witness follows from the URL: both take turns in lying.
  for (const std::size_t liar : {1U, 2U}) {
    Company again(3);
    again.relays[liar]->serve(kUrl, corrupted(kSize));
    const auto fetched = again.client->fetch(with_quorum(*again.client));
    CHECK(fetched.code() == "");
    CHECK(fetched.body == pattern(kSize));
    CHECK(entry_of(fetched, again.first())["chunks"] == 6);
    if (words_asked(*again.relays[liar]) == 0) continue;
    CHECK(again.marked() == std::vector{again.relays[liar]->reference() + " witness_outvoted"});
  }
}

TEST_CASE("quorum: a truncated body and a false length are outvoted before a byte is delivered") {
  for (const std::size_t length : {std::size_t{2 * kChunk}, kSize - 1, kSize + 1}) {
    CAPTURE(length);
    Company company(3);
    company.first().serve(kUrl, object_of(length));
    const auto fetched = company.client->fetch(with_quorum(*company.client));
    CHECK(fetched.code() == "");
    CHECK(fetched.body == pattern(kSize));
    CHECK(entry_of(fetched, company.first())["chunks"] == 0);
    CHECK(company.marked() == std::vector{company.marked_first("chunk_outvoted")});
  }
}

TEST_CASE("quorum: a witness that says nothing gets another beside it") {
  for (std::size_t silent = 1; silent < 3; ++silent) {
    CAPTURE(silent);
    Company trial(3, object_of(kSize), [](ClientSettings& settings) { settings.patience.second_relay = base::Duration{20}; });
    // Each of the two is the first witness of some requests.
    trial.relays[silent]->set([](Cheats& cheats) { cheats.ignores_requests = true; });
    const auto fetched = trial.client->fetch(with_quorum(*trial.client));
    REQUIRE(fetched.code() == "");
    CHECK(fetched.body == pattern(kSize));
    CHECK(fetched.receipt["verification"] == "quorum 2/2");
    CHECK(words_asked(*trial.relays[3 - silent]) > 0);
  }
}

TEST_CASE("quorum: the head that is shown is not the liar's") {
  Company company(3);
  company.first().serve(kUrl, object_of(kSize + 1));
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  REQUIRE(fetched.code() == "");
  REQUIRE(fetched.head);
  CHECK(fetched.head->length == kSize);
}

TEST_CASE("quorum: a body cut at a chunk's end, of a length that nobody told before, is found before it is called complete") {
  auto whole = object_of(kSize);
  whole.length_known = false;
  Company company(3, whole);
  auto cut = object_of(2 * kChunk);
  cut.length_known = false;
  company.first().serve(kUrl, cut);
  auto request = with_quorum(*company.client);
  request.file = company.client->scratch() / "file";
  const auto fetched = company.client->fetch(request);
  CHECK(fetched.code() == "");
  CHECK(read_all(*request.file) == pattern(kSize));
  CHECK(company.marked() == std::vector{company.marked_first("chunk_outvoted")});
}

TEST_CASE("quorum: yesterday's version is stale by its own times") {
  Company company(3);
  auto old = object_of(kSize, 2);
  old.validator = "\"v0\"";
  old.age = std::chrono::hours(24);
  company.first().serve(kUrl, old);
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  CHECK(company.marked() == std::vector{company.marked_first("manifest_stale")});
}

TEST_CASE("quorum: another object is not delivered; who serves one time and again is remembered, once is no lie") {
  Company company(3);
  auto other = object_of(kSize, 2);
  other.validator = "\"of another URL\"";
  company.first().serve(kUrl, other);
  for (int i = 0; i < RelayMarks::kMostDifferences; ++i) {
    CHECK(company.marked().empty());
    const auto fetched = company.client->fetch(with_quorum(*company.client));
    CHECK(fetched.code() == "");
    CHECK(fetched.body == pattern(kSize));
  }
  const auto asked = company.first().requests().size();
  CHECK(company.client->fetch(with_quorum(*company.client)).code() == "");
  CHECK(company.first().requests().size() == asked);
}

TEST_CASE("quorum: a witness that overcharges by one unit is left, and not paid for that") {
  Company company(3);
  for (const std::size_t i : {1U, 2U}) company.relays[i]->set([](Cheats& cheats) { cheats.overcharge_chunk = 1; });
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  CHECK(fetched.code() == "quorum_not_reached");
  CHECK(fetched.body.size() <= kChunk);  // what a liar said before it was found is forgotten with it
  for (const auto& mark : company.marked()) CHECK(mark.ends_with("charge_above_quote"));
  CHECK(company.marked().size() == 2);
}

TEST_CASE("quorum: relays that honestly differ are recognised: one's word if that will do, else a refusal that says what to do") {
  for (const bool or_relay : {false, true}) {
    for (const bool has_validator : {false, true}) {
      Company company(4);
      for (std::size_t i = 0; i < company.relays.size(); ++i) {
        auto page = object_of(kSize, static_cast<std::uint32_t>(i + 1));
        page.validator = has_validator ? "\"" + std::to_string(i) + "\"" : "";
        company.relays[i]->serve(kUrl, page);
      }
      const auto fetched = company.client->fetch(with_quorum(*company.client, 2, or_relay));
      CHECK(company.marked().empty());
      if (or_relay) {
        CHECK(fetched.code() == "");
        CHECK(fetched.body == pattern(kSize));
        CHECK(fetched.receipt["verification"] == "relay");
        CHECK(company.client->events("quorum_fell_back").size() == 1);
      } else {
        CHECK(fetched.code() == "quorum_not_reached");
        CHECK(fetched.body.empty());
        CHECK(fetched.error->message.find("quorum=2,relay") != std::string::npos);
      }
    }
  }
}

TEST_CASE("quorum: two that contradict each other, and no third, are refused; nobody is blamed") {
  Company company(2);
  company.first().serve(kUrl, corrupted(100));
  company.relays[1]->serve(kUrl, object_of(100));
  const auto fetched = company.client->fetch(with_quorum(*company.client, 2, true));
  CHECK(fetched.code() == "quorum_not_reached");
  CHECK(fetched.body.empty());
  CHECK(company.marked().empty());
}

TEST_CASE("quorum: one relay is none") {
  Company company(1);
  const auto fetched = company.client->fetch(with_quorum(*company.client, 2, true));
  CHECK(fetched.code() == "quorum_not_reached");
  CHECK(fetched.body.empty());
  CHECK(fetched.error->message.find("name more relays") != std::string::npos);
}

TEST_CASE("quorum: witnesses that fail are replaced") {
  Company company(4);
  company.relays[1]->set([](Cheats& cheats) { cheats.refuse_requests = base::environment("origin_timeout", "no answer"); });
  company.relays[2]->set([](Cheats& cheats) { cheats.refuse_requests = base::environment("origin_timeout", "no answer"); });
  const auto fetched = company.client->fetch(with_quorum(*company.client));
  CHECK(fetched.code() == "");
  CHECK(fetched.receipt["verification"] == "quorum 2/2");
}

TEST_CASE("quorum: an empty body, and a HEAD, are vouched for as well") {
  Company company(3, object_of(0));
  company.first().serve(kUrl, object_of(100));
  CHECK(company.client->fetch(with_quorum(*company.client)).body.empty());
  Company heads(3);
  auto request = with_quorum(*heads.client);
  request.method = "HEAD";
  CHECK(heads.client->fetch(request).receipt["verification"] == "quorum 2/2");
}

TEST_CASE("quorum: the words are paid within the fetch's budget") {
  Company company(2);
  auto request = with_quorum(*company.client);
  // Enough for the body alone.
  request.budget = sum(kFee, times(kMissChunk, 6));
  const auto fetched = company.client->fetch(request);
  CHECK(fetched.code() == "budget_reached");
  CHECK(fetched.charged() <= *request.budget);
}

TEST_CASE("quorum: with one liar in five, a thousand fetches deliver no wrong byte") {
  TestLedger ledger(base::Amount::btt(100'000));
  std::vector<std::unique_ptr<TestRelay>> relays;
  std::vector<TestRelay*> list;
  for (int i = 0; i < 5; ++i) list.push_back(relays.emplace_back(std::make_unique<TestRelay>(ledger)).get());
  constexpr int kFetches = 1000;
  constexpr std::size_t kSmall = 300;
  const auto url_of = [](int i) { return "http://origin.test/" + std::to_string(i); };
  auto& liar = *relays[2];
  for (const auto& relay : relays) {
    for (int i = 0; i < kFetches; ++i) {
      auto object = object_of(kSmall, static_cast<std::uint32_t>(i));
      if (relay.get() == &liar) object.body[static_cast<std::size_t>(i) % kSmall] ^= 1U;
      relay->serve(url_of(i), std::move(object));
    }
  }
  int wrong = 0, failed = 0;
  std::size_t lies = 0;
  // Several users, each of whom meets the liar anew, and first.
  constexpr int kUsers = 4;
  for (int user = 0; user < kUsers; ++user) {
    std::rotate(list.begin(), list.begin() + 1, list.end());
    TestClient client(list);
    std::vector<PendingFetch> running;
    const int first = user * kFetches / kUsers, end = (user + 1) * kFetches / kUsers;
    for (int i = first; i < end; ++i) {
      auto request = client.request(url_of(i));
      request.verify = content::VerificationLevel::quorum;
      request.quorum = 2;
      const auto fetched = client.fetch(request);
      if (!fetched.error && fetched.body != pattern(kSmall, static_cast<std::uint32_t>(i))) ++wrong;
      if (fetched.error) ++failed;
    }
    lies += client.events("relay_marked").size();
  }
  CHECK(wrong == 0);
  CHECK(failed == 0);
  CHECK(lies == kUsers);
}

}  // namespace ferry::client

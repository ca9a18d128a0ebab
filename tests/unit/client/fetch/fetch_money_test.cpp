// What a client promises and pays while a body crosses: vouchers, budgets, top-ups, losses.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

/// A log that fails from its n-th write on.
class FailingLog final : public RecordLog {
 public:
  FailingLog(std::unique_ptr<RecordLog> real, std::shared_ptr<std::atomic<int>> left) : real_(std::move(real)), left_(std::move(left)) {}
  base::Result<void> write(const std::vector<base::Bytes>& records) override {
    if ((*left_)-- > 0) return real_->write(records);
    return base::fail(base::environment("journal_io", "no space left on this test"));
  }

 private:
  std::unique_ptr<RecordLog> real_;
  std::shared_ptr<std::atomic<int>> left_;
};

Replacements failing_after(int writes) {
  auto left = std::make_shared<std::atomic<int>>(writes);
  Replacements replacements;
  replacements.wrap_log = [left](std::unique_ptr<RecordLog> real) { return std::make_unique<FailingLog>(std::move(real), left); };
  return replacements;
}

void check_no_money_moved(const TestClient& client, const TestRelay& relay) {
  CHECK(client.events("deposit_made").empty());
  CHECK(relay.channels().empty());
}

}  // namespace

TEST_CASE("paying: a voucher covers several chunks, and never promises more than a window ahead") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(8 * kMib));
  TestClient client({&relay});
  CHECK(client.fetch(kUrl).code() == "");
  check_agreement(client, relay);
  const auto ceilings = relay.ceilings();
  CHECK(ceilings.size() >= 2);
  CHECK(ceilings.size() <= 32 * 3 / 4);
  CHECK(std::is_sorted(ceilings.begin(), ceilings.end()));
  CHECK(ceilings.front() <= sum(kFee, times(kMissChunk, 4)));
  CHECK(ceilings.back() == sum(kFee, times(kMissChunk, 32)));
}

TEST_CASE("paying: an older copy of the data directory takes another channel, and the relay for no liar") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(20 * kMib));  // more than one reservation
  TestClient client({&relay});
  relay.serve("http://origin.test/small", object_of(kChunk));
  CHECK(client.fetch("http://origin.test/small").code() == "");
  client.close();
  const auto copy = client.scratch() / "copy";
  std::filesystem::copy(client.data_dir(), copy, std::filesystem::copy_options::recursive);
  client.restart();
  CHECK(client.fetch(kUrl).code() == "");
  const auto promised = only_channel(relay).ceiling;
  client.close();
  std::filesystem::remove_all(client.data_dir());
  std::filesystem::copy(copy, client.data_dir(), std::filesystem::copy_options::recursive);
  client.restart();
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(client.events("channel_outdated").size() == 1);
  CHECK(client.events("relay_marked").empty());
  REQUIRE(relay.channels().size() == 2);
  for (const auto& channel : relay.channels()) CHECK(channel.ceiling >= std::min(promised, times(kHitChunk, 80)));
}

TEST_CASE("paying: prepay of one chunk works as well") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.prepay_chunks = 1; });
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(relay.ceilings().front() <= sum(times(kFee, 2), kMissChunk));
  check_agreement(client, relay);
}

TEST_CASE("paying: the budget is a hard stop to the last unit, and a larger one goes on") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.file = client.scratch() / "file";
  request.budget = sum(kFee, times(kMissChunk, 3));
  const auto stopped = client.fetch(request);
  CHECK(stopped.code() == "budget_reached");
  CHECK(stopped.error->message.find("resume") != std::string::npos);
  CHECK(stopped.charged() == *request.budget);
  CHECK(relay.ceilings().back() == *request.budget);
  CHECK(only_channel(relay).charged == *request.budget);
  CHECK_FALSE(is_there(*request.file));
  CHECK(std::filesystem::file_size(part_of(*request.file)) == 3 * kChunk);

  request.resume = true;
  request.budget = std::nullopt;
  const auto rest = client.fetch(request);
  CHECK(rest.code() == "");
  CHECK(rest.receipt["resumed_from"] == 3 * kChunk);
  // The fee may be repeated for free, so it is not part of this.
  CHECK(rest.charged() >= times(kMissChunk, 5));
  CHECK(only_channel(relay).charged == sum(stopped.charged(), rest.charged()));
  CHECK(read_all(*request.file) == pattern(2 * kMib));
  CHECK_FALSE(is_there(part_of(*request.file)));
  CHECK_FALSE(is_there(state_of(*request.file)));
  check_agreement(client, relay);
}

TEST_CASE("paying: a budget one unit short of a chunk does not buy it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.budget = sum(kFee, times(kMissChunk, 2)).minus(Amount::from_units(1));
  const auto stopped = client.fetch(request);
  CHECK(stopped.code() == "budget_reached");
  CHECK(stopped.charged() == sum(kFee, kMissChunk));
  CHECK(relay.ceilings().back() <= *request.budget);
}

TEST_CASE("paying: a budget that does not even allow the fee buys nothing") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.budget = kFee.minus(Amount::from_units(1));
  CHECK(client.fetch(request).code() == "budget_reached");
  check_no_money_moved(client, relay);
}

TEST_CASE("paying: a relay that refuses the request gets no deposit") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.set([](Cheats& cheats) { cheats.refuse_requests = base::refusal("exit_denied", "not there"); });
  TestClient client({&relay});
  CHECK(client.fetch(kUrl).code() == "exit_denied");
  CHECK(relay.questions().size() == 1);
  check_no_money_moved(client, relay);
}

TEST_CASE("paying: a budget that does not allow the first chunk opens no channel") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.budget = sum(kFee, kMissChunk).minus(Amount::from_units(1));
  CHECK(client.fetch(request).code() == "budget_reached");
  check_no_money_moved(client, relay);
  request.method = "HEAD";  // which has none
  CHECK(client.fetch(request).code() == "");
}

TEST_CASE("paying: where there is a channel nobody is asked before the request") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(relay.questions().size() == 1);
  CHECK(client.fetch(kUrl).code() == "");
  client.restart();
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(relay.questions().size() == 1);
}

TEST_CASE("paying: with a price limit the budget holds from the first window on") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(4 * kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.max_price = btt("4"); });
  auto request = client.request(kUrl);
  request.budget = btt("5.5");
  const auto stopped = client.fetch(request);
  CHECK(stopped.code() == "budget_reached");
  // Before the quote: the fee at its limit (4) and one chunk at its limit (1).
  CHECK(relay.requests()[0].window == kChunk);
  CHECK(stopped.charged() == sum(kFee, times(kMissChunk, 10)));
}

TEST_CASE("paying: the client's budget bounds all fetches together") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  const auto budget = sum(times(kFee, 2), times(kMissChunk, 5));
  TestClient client({&relay}, [&](ClientSettings& settings) { settings.budget = budget; });
  CHECK(client.fetch(kUrl).code() == "");
  relay.serve(kUrl, object_of(kMib));  // forgets what it held: misses again
  CHECK(client.fetch(kUrl).code() == "budget_reached");
  CHECK(only_channel(relay).charged <= budget);
  CHECK(relay.ceilings().back() <= budget);
  client.client().set_budget(std::nullopt);
  CHECK(client.fetch(kUrl).code() == "");
}

TEST_CASE("paying: a channel is topped up before it runs dry") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(4 * kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.deposit = btt("2"); });
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(client.events("deposit_made").size() >= 2);
  CHECK(client.events("channel_opened").size() == 1);
  CHECK(relay.channels().size() == 1);
  check_agreement(client, relay);
}

TEST_CASE("paying: without money and without leave to use the faucet it says which address to fund") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.use_faucet = false; });
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "no_funds");
  REQUIRE(client.events("wallet_created").size() == 1);
  CHECK(fetched.error->message.find(client.events("wallet_created")[0]["address"].get<std::string>()) != std::string::npos);
}

TEST_CASE("paying: a wallet that runs empty ends the fetch with a reason, what was bought stays") {
  TestLedger ledger(btt("3"));
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(4 * kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.file = client.scratch() / "file";
  const auto fetched = client.fetch(request);
  CHECK((fetched.code() == "faucet_used" || fetched.code() == "no_funds"));
  CHECK(fetched.charged() > btt("2"));
  CHECK(is_there(part_of(*request.file)));
  CHECK(only_channel(relay).ceiling <= btt("3"));
}

TEST_CASE("paying: a chunk that cannot be made durable is not delivered and nothing more is signed") {
  for (int writes = 0; writes < 12; ++writes) {
    CAPTURE(writes);
    TestLedger ledger;
    TestRelay relay(ledger);
    relay.serve(kUrl, object_of(2 * kMib));
    TestClient client({&relay}, {}, failing_after(writes));
    const auto fetched = client.fetch(kUrl);
    if (fetched.code().empty()) continue;  // commits were grouped, so fewer were needed
    CHECK(fetched.code() == "journal_io");
    const auto delivered = content::chunk_count(fetched.body.size());
    if (relay.channels().empty()) continue;
    CHECK(fetched.charged() >= times(kMissChunk, delivered));
    // What the journal holds is what another client on it counts: never less than was delivered.
    client.restart();
    const auto listed = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
    REQUIRE((*listed.json)["channels"].size() == 1);
    CHECK(btt((*listed.json)["channels"][0]["confirmed"].get<std::string>().c_str()) >= times(kMissChunk, delivered));
  }
}

TEST_CASE("paying: what a lost connection took with it is repeated for free") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  relay.set([](Cheats& cheats) { cheats.lose_chunk = 3; });
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(2 * kMib));
  CHECK(relay.connections() == 2);
  // So is the fee of the second request: it was delivered for the same one.
  CHECK(only_channel(relay).charged == sum(kFee, times(kMissChunk, 8)));
  CHECK(fetched.charged() == only_channel(relay).charged);
  CHECK(client.events("loss_adopted").empty());
  check_agreement(client, relay);
}

TEST_CASE("paying: a charge is owed once, also when what repeats it does not say so") {
  // On two streams of one relay a repeated chunk may overtake the first one; then it is the first that seems new.
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  TestClient client({&relay});
  CHECK(client.fetch(kUrl).code() == "");
  relay.set([](Cheats& cheats) { cheats.repeats_as_new = true; });
  const auto again = client.fetch(kUrl);
  CHECK(again.code() == "");
  CHECK(again.charged() == kFee);
  CHECK(only_channel(relay).charged == sum(times(kFee, 2), times(kMissChunk, 8)));
  check_agreement(client, relay);
}

TEST_CASE("paying: half a frame is as good as none") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  relay.set([](Cheats& cheats) { cheats.cut_chunk = 5; });
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(2 * kMib));
  check_agreement(client, relay);
}

TEST_CASE("paying: a loss that is not repeated is adopted once the relay waits for it, and told") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay}, [](ClientSettings& settings) {
    settings.prepay_chunks = 1;
    settings.patience.after_progress = settings.patience.first_contact = base::Duration{0};
  });
  // Nobody asks again for what was lost, so it is not repeated; one loss the windows bear, two they do not.
  for (const char* url : {"http://origin.test/a", "http://origin.test/b"}) {
    relay.serve(url, object_of(kMib));
    relay.set([](Cheats& cheats) { cheats.lose_chunk = 1; });
    CHECK(client.fetch(url).code() == "relay_lost");
  }
  CHECK(client.events("loss_adopted").empty());
  relay.serve(kUrl, object_of(kMib));
  CHECK(client.fetch(kUrl).code() == "");
  REQUIRE(client.events("loss_adopted").size() == 1);
  CHECK(client.events("loss_adopted")[0]["amount"] == "1");
  check_agreement(client, relay);
}

TEST_CASE("paying: a relay that counts more than a connection can lose is not believed") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay}, [](ClientSettings& settings) {
    settings.prepay_chunks = 1;
    settings.patience.after_progress = settings.patience.first_contact = base::Duration{0};
  });
  relay.serve(kUrl, object_of(kMib));
  relay.set([](Cheats& cheats) { cheats.claims_more = btt("4"); });
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "loss_above_bound");
  CHECK(fetched.charged() <= sum(kFee, kMissChunk));
  CHECK(client.events("loss_adopted").empty());
}

TEST_CASE("paying: what cancelled fetches had asked for is counted, so the books agree and the next fetch is not held up") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  const auto stop_early = [](FetchCallbacks& callbacks) { callbacks.on_data = [](std::uint64_t offset, base::ByteView) { return offset < kChunk; }; };
  for (std::uint32_t i = 0; i < 8; ++i) {
    const auto url = kUrl + std::to_string(i);
    relay.serve(url, object_of(16 * kChunk, i));
    CHECK(client.start(client.request(url), stop_early).wait().code() == "cancelled");
  }
  relay.serve(kUrl, object_of(kSize));
  CHECK(client.fetch(kUrl).code() == "");
  const auto entry = [&] {
    return (*client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); }).json)["channels"][0];
  };
  relay.wait_for([&] { return entry()["confirmed"] == only_channel(relay).charged.to_btt(); });
  CHECK(entry()["adopted"] == "0");
  check_agreement(client, relay);
}

}  // namespace ferry::client

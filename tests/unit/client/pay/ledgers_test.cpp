#include "client/pay/ledgers.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;
using base::Result;

namespace {

/// Hands a ledger on that somebody else owns.
class Borrowed final : public chain::ChainBackend {
 public:
  Borrowed(chain::ChainBackend& real, std::uint64_t chain_id) : real_(real), chain_id_(chain_id) {}
  chain::Outcome<chain::ChainInfo> info() override {
    auto info = real_.info();
    info.value->domain.chain_id = chain_id_;
    info.value->has_faucet = false;
    info.value->name = "borrowed";
    return info;
  }
  chain::Outcome<Amount> balance_of(const base::Address& account) override { return real_.balance_of(account); }
  chain::Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override { return real_.read_channel(channel); }
  chain::Outcome<Amount> unsettled(const base::Address& receiver, const base::Address& token) override { return real_.unsettled(receiver, token); }
  chain::Outcome<chain::RawTransaction> prepare(const chain::Action& action, const base::SecretKey& from) override { return real_.prepare(action, from); }
  chain::Outcome<std::uint64_t> refund_nonce(const base::ChannelId& channel) override { return real_.refund_nonce(channel); }
  chain::Outcome<chain::Receipt> submit(const chain::RawTransaction& transaction) override {
    const bool is_first = first_.value_or(transaction.id) == transaction.id;
    first_ = first_.value_or(transaction.id);
    if (is_first || waits-- <= 0) return real_.submit(transaction);
    return chain::Outcome<chain::Receipt>::unknown(base::environment("transaction_waits", "in the pool"));
  }
  chain::Outcome<std::optional<chain::Receipt>> receipt(const chain::TransactionId& id) override { return real_.receipt(id); }
  chain::Outcome<std::vector<chain::ChainEvent>> events(const base::Address& r, std::uint64_t a, std::uint32_t l) override { return real_.events(r, a, l); }
  chain::Outcome<chain::FoundChannels> channels_of(const base::Address& payer, std::uint64_t from) override {
    chain::FoundChannels found;
    for (std::size_t i = from; i < created.size() && found.configs.empty(); ++i) {
      if (created[i].payer == payer) found.configs.push_back(created[i]);
      found.next = i + 1;
    }
    return chain::Outcome<chain::FoundChannels>::ok(found);
  }
  std::vector<channels::ChannelConfig> created;
  int waits = 0;  ///< of the transactions after the first

 private:
  std::optional<chain::TransactionId> first_;
  chain::ChainBackend& real_;
  std::uint64_t chain_id_;
};

chain::LedgerUrl url_of(const base::Domain& domain, const std::string& more = "") {
  const auto url = chain::LedgerUrl::parse("evm:http://127.0.0.1:1?contract=" + domain.verifying_contract.to_eip55() +
                                           "&token=0x0000000000000000000000000000000000001010" + more);
  REQUIRE(url.has_value());
  return *url;
}

std::string code_of(const Result<Ledger>& ledger) { return ledger ? "" : ledger.error().code; }

/// A relay on a chain, whose ledger nobody can ask through it.
const chain::LedgerTransport kOnChain = [](std::string_view, std::string) {
  return chain::Outcome<std::string>::ok(R"({"error":{"kind":"refusal","code":"ledger_on_chain","message":"ask a node"}})");
};

}  // namespace

TEST_CASE("ledgers: a named chain is asked itself, every other ledger through the relay") {
  TestLedger ledger;
  int opened = 0;
  Ledgers ledgers(
      {url_of(ledger.domain())},
      [&](const chain::LedgerUrl&) {
        ++opened;
        return std::make_unique<Borrowed>(ledger.chain(), ledger.domain().chain_id);
      },
      base::Duration{7});
  CHECK(ledgers.may_be_named(ledger.domain()));
  const auto direct = ledgers.at(ledger.domain(), {})();
  REQUIRE(direct.has_value());
  CHECK(direct->backend->info().value->name == "borrowed");
  CHECK(direct->patience == base::Duration{7});
  CHECK(ledgers.at(ledger.domain(), kOnChain)()->backend == direct->backend);
  CHECK(ledgers.named().front()()->backend == direct->backend);
  CHECK(opened == 1);

  auto other = ledger.domain();
  other.verifying_contract = base::SecretKey::generate().address();
  CHECK_FALSE(ledgers.may_be_named(other));
  CHECK(code_of(ledgers.at(other, {})()) == "relay_unreachable");
  const auto through_relay = ledgers.at(other, kOnChain)();
  REQUIRE(through_relay.has_value());
  CHECK(through_relay->patience == base::Duration{0});
}

TEST_CASE("ledgers: a relay on a chain that was not named says what to set") {
  const base::Domain domain{199, base::SecretKey::generate().address()};
  Ledgers ledgers({}, {}, base::Duration{0});
  const auto answer = ledgers.at(domain, kOnChain)()->backend->balance_of(base::Address{});
  REQUIRE(answer.error.has_value());
  CHECK(answer.error->code == "chain_not_named");
  CHECK(answer.error->message.find("--chain") != std::string::npos);
  CHECK(answer.error->message.find(domain.verifying_contract.to_eip55()) != std::string::npos);
}

TEST_CASE("ledgers: the nodes' chain counts, not the relay's word for it") {
  TestLedger ledger;
  const auto open = [&](const chain::LedgerUrl&) { return std::make_unique<Borrowed>(ledger.chain(), 5); };
  Ledgers ledgers({url_of(ledger.domain())}, open, base::Duration{0});
  CHECK(code_of(ledgers.at(ledger.domain(), kOnChain)()) == "chain_mismatch");

  Ledgers exact({url_of(ledger.domain(), "&chain-id=5")}, open, base::Duration{0});
  CHECK_FALSE(exact.may_be_named(ledger.domain()));
  CHECK(exact.may_be_named({5, ledger.domain().verifying_contract}));
}

TEST_CASE("ledgers: a client pays a relay on a named chain without asking the relay about money") {
  TestLedger ledger;
  TestRelay relay{ledger};
  relay.serve(kUrl, object_of(kMib));
  const auto name = [&](ClientSettings& settings) { settings.chains = {url_of(ledger.domain())}; };
  Replacements replacements;
  replacements.open_chain = [&](const chain::LedgerUrl&) { return std::make_unique<Borrowed>(ledger.chain(), ledger.domain().chain_id); };
  TestClient client{{&relay}, name, replacements};
  // The chain itself gives no test money: with the relay's ledger the fetch would succeed.
  CHECK(client.fetch(kUrl).code() == "no_funds");
  const auto shown = *client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { show_wallet(core, relays, job); }).json;
  REQUIRE(shown["ledgers"].size() == 1);
  CHECK(shown["ledgers"][0]["ledger"] == "borrowed");
}

TEST_CASE("ledgers: a download waits for a top-up as long as the chain takes, though nothing comes from the relay meanwhile") {
  TestLedger ledger;
  TestRelay relay{ledger};
  relay.serve(kUrl, object_of(4 * kMib));
  const auto slow = [&](ClientSettings& settings) {
    settings.chains = {url_of(ledger.domain())};
    settings.deposit = btt("2");
    settings.patience.stalled = base::Duration{300};
    settings.patience.look_again = base::Duration{5};
  };
  Replacements replacements;
  replacements.open_chain = [&](const chain::LedgerUrl&) {
    auto chain = std::make_unique<Borrowed>(ledger.chain(), ledger.domain().chain_id);
    chain->waits = 120;
    return chain;
  };
  TestClient client{{&relay}, slow, replacements};
  const auto made = *client.run([](Core& core, KnownRelays&, const ResultJobPtr& job) { make_new_wallet(core, job); }).json;
  const auto wallet = *base::Address::parse(made["address"].get<std::string>());
  REQUIRE(take_test_money(ledger.chain(), wallet, [] { return false; }).has_value());
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(client.events("deposit_made").size() > 1);
  CHECK(client.events("relay_lost").empty());
}

TEST_CASE("ledgers: the wallet key finds its channels on a named chain, page after page, once, and only to withdraw from them") {
  TestLedger ledger;
  TestRelay relay{ledger};
  TestClient first{{&relay}};
  first.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { take_from_faucet(core, *relays.all()[0], job); });
  const auto deposited = first.run([](Core&, KnownRelays& relays, const ResultJobPtr& job) { deposit_into_channel(*relays.all()[0], btt("7"), job); });
  REQUIRE(deposited.json.has_value());
  std::vector<channels::ChannelConfig> created;
  first.run([&](Core& core, KnownRelays&, const ResultJobPtr& job) {
    for (const auto& [id, channel] : core.books.all()[0]->ledger().channels()) created.push_back(channel.config);
    job->succeed({{"done", true}});
  });
  REQUIRE(created.size() == 1);
  first.close();

  const auto name = [&](ClientSettings& settings) {
    settings.chains = {url_of(ledger.domain())};
    std::filesystem::create_directories(settings.data_dir);
    std::filesystem::permissions(settings.data_dir, std::filesystem::perms::owner_all);
    std::filesystem::copy_file(first.data_dir() / "wallet.key", settings.data_dir / "wallet.key");
  };
  auto stranger = created[0];
  stranger.payer = base::SecretKey::generate().address();
  Replacements replacements;
  replacements.open_chain = [&](const chain::LedgerUrl&) {
    auto chain = std::make_unique<Borrowed>(ledger.chain(), ledger.domain().chain_id);
    chain->created = {stranger, created[0], stranger};
    return chain;
  };
  TestClient second{{}, name, replacements};
  const auto recover = [](Core& core, KnownRelays&, const ResultJobPtr& job) { recover_channels(core, job); };
  const auto found = *second.run(recover).json;
  CHECK(found["chains"][0]["found"] == 1);
  CHECK(found["chains"][0]["added"] == 1);
  CHECK((*second.run(recover).json)["chains"][0]["added"] == 0);
  const auto listed = *second.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); }).json;
  CHECK(listed["channels"][0]["state"] == "closing");
  CHECK(listed["channels"][0]["spendable"] == "0");
  const auto withdrawn = *second.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) {
    withdraw_from_channels(core, relays, WithdrawWish{}, job);
  }).json;
  CHECK(withdrawn["channels"][0]["step"] == "requested");
  CHECK(withdrawn["channels"][0]["amount"] == "7");
}

}  // namespace ferry::client

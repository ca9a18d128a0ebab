// What is opened at the start: journal, ledger, exit policy.

#include <doctest/doctest.h>

#include "relay/ops/make_exit_policy.hpp"
#include "relay/ops/open_journal.hpp"
#include "relay/ops/open_ledger.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"
#include "tests/unit/channels/parties.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::relay;
using channels::test::Scratch;

TEST_CASE("open journal: a large journal is made small and says the same") {
  const Scratch scratch;
  {
    auto opened = open_journal(scratch.file(), channels::test::relay_ledger());
    REQUIRE(opened);
    auto& ledger = opened->ledger;
    const auto write = [&](const channels::Record& record) {
      opened->journal->append(channels::pack(record));
      ledger.apply(record);
    };
    write(ledger.open(channels::test::config(), channels::test::holding(base::Amount::btt(1000))).value());
    for (base::Amount::Raw total = 1; total <= 500; ++total) {
      write(ledger.check_voucher(channels::sign_voucher(channels::test::kDomain, channels::test::id(), base::Amount::from_units(total), channels::test::kPayer), {}).value());
    }
    write(channels::TransactionRecord{base::Hash256::random(), {1, 2, 3}, 0});
    REQUIRE(opened->journal->commit());
  }
  const auto compacted = open_journal(scratch.file(), channels::test::relay_ledger(), 4096);
  REQUIRE(compacted);
  CHECK(compacted->journal->size_bytes() < 4096);
}

TEST_CASE("open journal: what was made small is replayed to the same state") {
  const Scratch scratch;
  const auto transaction = base::Hash256::random();
  {
    auto opened = open_journal(scratch.file(), channels::test::relay_ledger());
    REQUIRE(opened);
    const auto record = opened->ledger.open(channels::test::config(), channels::test::holding(base::Amount::btt(10))).value();
    opened->journal->append(channels::pack(record));
    opened->journal->append(channels::pack(channels::TransactionRecord{transaction, {1, 2, 3}, 0}));
    REQUIRE(opened->journal->commit());
  }
  REQUIRE(open_journal(scratch.file(), channels::test::relay_ledger(), 0));
  const auto again = open_journal(scratch.file(), channels::test::relay_ledger());
  REQUIRE(again);
  CHECK(again->ledger.find(channels::test::id())->chain.balance == base::Amount::btt(10));
  CHECK(again->ledger.prepared_transactions().at(transaction).bids.front().raw == base::Bytes{1, 2, 3});
}

TEST_CASE("open journal: another relay's journal and a damaged one are refused") {
  const Scratch scratch;
  {
    auto opened = open_journal(scratch.file(), channels::test::relay_ledger());
    opened->journal->append(channels::pack(opened->ledger.open(channels::test::config(), channels::test::holding(base::Amount::btt(10))).value()));
    REQUIRE(opened->journal->commit());
  }
  const auto stranger = channels::test::kStranger.address();
  const auto other = open_journal(scratch.file(), channels::RelayLedger(channels::test::kDomain, stranger, stranger, channels::test::kToken, {}));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == "journal_record");
  auto bytes = channels::test::read_file(scratch.file());
  bytes[20] ^= 1U;
  channels::test::write_file(scratch.file(), bytes);
  CHECK(open_journal(scratch.file(), channels::test::relay_ledger()).error().code == "journal_corrupt");
}

TEST_CASE("open ledger: the private one is made as the settings say and answers clients") {
  const chain::test::TemporaryDirectory directory;
  const auto data = DataDirectory::open(directory / "data", DataDirectory::Use::run).value();
  LedgerSettings settings;
  settings.faucet_bits = 0;
  auto opened = open_ledger(settings, data);
  REQUIRE(opened);
  CHECK(opened->embedded == opened->backend.get());
  CHECK_FALSE(opened->info.has_faucet);
  CHECK(opened->api("info", "{}").find("\"chain_id\"") != std::string::npos);
  CHECK(opened->api("nonsense", "{}").find("ledger_method") != std::string::npos);
}

TEST_CASE("open ledger: another relay's that does not answer, and what is no ledger, are refused") {
  const chain::test::TemporaryDirectory directory;
  const auto data = DataDirectory::open(directory / "data", DataDirectory::Use::run).value();
  LedgerSettings settings;
  settings.url = "ledger:http://127.0.0.1:1";
  const auto refused = open_ledger(settings, data);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "ledger_unreachable");
  CHECK(refused.error().message.find("--ledger") != std::string::npos);
  settings.url = "evm:http://127.0.0.1:1?contract=0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0&token=0x0000000000000000000000000000000000001010";
  CHECK(open_ledger(settings, data).error().code == "rpc_unreachable");
  settings.url = "tron:http://127.0.0.1";
  CHECK(open_ledger(settings, data).error().code == "ledger_url_later");
}

TEST_CASE("exit policy of the settings: own ports and addresses are refused, what is allowed is not") {
  RelaySettings settings;
  settings.public_addresses = {"192.0.2.1"};
  settings.exit_allow = {"192.0.2.0/24", "127.0.0.1/32:8080"};
  settings.exit_deny_domains = {"example.org"};
  const auto policy = make_exit_policy(settings, {4433, 9100});
  REQUIRE(policy);
  const auto loopback = base::IpAddress::parse("127.0.0.1").value();
  CHECK(policy->check_address(loopback, 8080));
  CHECK(policy->check_address(loopback, 9100).error().code == "exit_own_port");
  CHECK_FALSE(policy->check_address(loopback, 80));
  CHECK(policy->check_host(base::Host::parse("www.example.org").value(), 443).error().code == "exit_denied_domain");
}

#include <doctest/doctest.h>

#include "relay/watchtower/watch_rows_file.hpp"
#include "relay/watchtower/watchtower.hpp"
#include "tests/chain/relay_chain.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using base::Amount;
using chain::evm::test::done;
using chain::evm::test::kBtt;

TEST_CASE("relay: its watchtower claims for it while it is away, and can only pay its beneficiary") {
  RelayOnChain relay;
  relay.earn(Amount::btt(100));
  REQUIRE(relay.tick());
  const auto rows = relay.book().claimable();
  REQUIRE(rows.size() == 1);
  const auto left = sign_watch_row(relay.chain.separator(), rows[0], relay.chain.people.relay);

  const TemporaryDirectory directory;
  const auto& key = relay.chain.people.stranger;
  auto opened = open_journal(directory.path() / "journal", channels::RelayLedger(relay.chain.separator(), key.address(), key.address(), kBtt, {})).value();
  JournalWriter journal(std::move(opened.journal));
  LedgerBook account(std::move(opened.ledger), relay.chain.separator(), journal);
  auto kept = open_watch_rows(directory.path() / "rows", relay.chain.separator()).value();
  JournalWriter rows_journal(std::move(kept.journal));
  const auto backend = relay.chain.backend();
  WatchtowerTerms terms;
  terms.domain_separator = relay.chain.separator();
  terms.token = kBtt;
  terms.relays = {relay.chain.people.relay.address()};
  terms.fees = chain::Fees::in_token;
  Watchtower tower(std::move(kept.memory), rows_journal, account, *backend, key, terms);

  REQUIRE(tower.take(pack_watch_rows({left})));
  REQUIRE(tower.tick(relay.now));
  CHECK(relay.claimed().is_zero());
  const auto had = relay.chain.coins_of(key.address());
  REQUIRE(done(*relay.payers_view, chain::InitiateWithdraw{relay.chain.config(), Amount::btt(5000)}, relay.chain.people.payer) == "ok");
  REQUIRE(tower.tick(relay.now));
  CHECK(relay.claimed() == Amount::btt(100));
  CHECK(tower.status().fees == had.minus_floored(relay.chain.coins_of(key.address())));
  CHECK(*relay.payers_view->unsettled(relay.chain.people.beneficiary.address(), kBtt).value == Amount::btt(100));

  // The relay comes back and finds what was done for it.
  relay.start();
  REQUIRE(relay.tick());
  CHECK(relay.book().account().transactions == 0);
  relay.check_books();
}

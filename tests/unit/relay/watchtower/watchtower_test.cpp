#include "relay/watchtower/watchtower.hpp"

#include <doctest/doctest.h>

#include "relay/watchtower/watch_routes.hpp"
#include "relay/watchtower/watch_rows_file.hpp"
#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using chain::test::units;
using Fault = FaultyLedger::Fault;

namespace {

/// A tower beside a relay that is away: the room's ledger, with fees.
struct TowerRoom {
  TowerRoom() {
    room.take_fees();
    room.life.reset();
    std::filesystem::create_directory(directory());
    start();
  }
  void start() {
    tower.reset();
    account.reset();
    account_journal.reset();
    rows_journal.reset();
    auto opened = open_journal(directory() / "tower-journal", channels::RelayLedger(room.separator, key.address(), key.address(), room.token, {})).value();
    account_journal = std::make_unique<JournalWriter>(std::move(opened.journal));
    account = std::make_unique<LedgerBook>(std::move(opened.ledger), room.separator, *account_journal);
    auto rows = open_watch_rows(directory() / "watch-rows", room.separator).value();
    rows_journal = std::make_unique<JournalWriter>(std::move(rows.journal));
    tower = std::make_unique<Watchtower>(std::move(rows.memory), *rows_journal, *account, *room.faulty, key, terms());
  }
  WatchtowerTerms terms() const {
    WatchtowerTerms terms;
    terms.domain_separator = room.separator;
    terms.token = room.token;
    terms.relays = {room.people.relay.address()};
    terms.fees = chain::Fees::in_token;
    terms.max_channels = 3;
    return terms;
  }
  std::filesystem::path directory() const { return room.ledger_room.directory / "tower"; }
  void deposit(std::uint8_t salt) { REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(salt), units(10'000)}, room.people.payer) == "ok"); }
  WatchRow row(std::uint64_t total, std::uint8_t salt = 1) const {
    return sign_watch_row(room.separator, chain::test::row_of(room.separator, room.config(salt), room.people.session, units(total), units(total)), room.people.relay);
  }
  std::string take(const WatchRow& row) {
    const auto taken = tower->take(pack_watch_rows({row}));
    return taken ? "ok" : taken.error().code;
  }
  base::Result<void> tick() { return tower->tick(room.now()); }

  SettlementRoom room;
  base::SecretKey key = chain::test::key_of(9);
  std::unique_ptr<JournalWriter> account_journal, rows_journal;
  std::unique_ptr<LedgerBook> account;
  std::unique_ptr<Watchtower> tower;
};

AdminResponse post(Watchtower& tower, const base::Bytes& body) {
  return answer_watch(tower, AdminRequest{"POST", kWatchPath, "", "", std::string(body.begin(), body.end())});
}

}  // namespace

TEST_CASE("watchtower: it claims from who withdraws, the latest row, with its own key") {
  TowerRoom tower;
  tower.deposit(1);
  REQUIRE(tower.take(tower.row(700)) == "ok");
  REQUIRE(tower.take(tower.row(500)) == "ok");  // late, and overtaken
  REQUIRE(tower.tick());
  CHECK(tower.room.claimed() == units(0));
  tower.room.withdraw(9000);
  REQUIRE(tower.tick());
  CHECK(tower.room.claimed() == units(700));
  CHECK(tower.tower->status().claims == 1);
  CHECK(tower.tower->status().claimed == units(700));
  CHECK(tower.tower->status().fees == units(9));
  REQUIRE(tower.tick());
  CHECK(tower.tower->status().claims == 1);
}

TEST_CASE("watchtower: what it was given survives a restart, and a withdrawal that began meanwhile is answered") {
  TowerRoom tower;
  tower.deposit(1);
  REQUIRE(tower.take(tower.row(700)) == "ok");
  tower.room.withdraw(9000);
  tower.start();
  REQUIRE(tower.tick());
  CHECK(tower.room.claimed() == units(700));
}

TEST_CASE("watchtower: a row that comes after the withdrawal began is claimed too") {
  TowerRoom tower;
  tower.deposit(1);
  tower.room.withdraw(9000);
  REQUIRE(tower.tick());
  REQUIRE(tower.take(tower.row(700)) == "ok");
  REQUIRE(tower.tick());
  CHECK(tower.room.claimed() == units(700));
}

TEST_CASE("watchtower: it does not pay more than it brings") {
  TowerRoom tower;
  tower.deposit(1);
  REQUIRE(tower.take(tower.row(59)) == "ok");
  tower.room.withdraw(9000);
  REQUIRE(tower.tick());
  CHECK(tower.room.claimed() == units(0));
}

TEST_CASE("watchtower: a claim of unknown fate is sent again unchanged, also after a restart") {
  for (const auto fault : {Fault::request_lost, Fault::answer_lost}) {
    TowerRoom tower;
    tower.deposit(1);
    REQUIRE(tower.take(tower.row(700)) == "ok");
    tower.room.withdraw(9000);
    tower.room.faulty->submit_fault = fault;
    CHECK(tower.tick().error().code == "watchtower_pending");
    CHECK(tower.tick().error().code == "watchtower_pending");
    tower.start();
    tower.room.faulty->submit_fault = Fault::none;
    REQUIRE(tower.tick());
    CHECK(tower.room.claimed() == units(700));
    CHECK(tower.room.faulty->submitted.back().bytes == tower.room.faulty->submitted.front().bytes);
    CHECK(tower.tower->status().pending == 0);
  }
}

TEST_CASE("watchtower: strangers, other tokens, forged rows and too many are refused, and nothing of a bad request is kept") {
  TowerRoom tower;
  auto terms_of_strangers = tower.row(700);
  terms_of_strangers.row.config.receiver_authorizer = tower.room.people.stranger.address();
  CHECK(tower.take(terms_of_strangers) == "watch_relay_unknown");
  auto other_token = tower.row(700);
  other_token.row.config.token = tower.room.people.stranger.address();
  CHECK(tower.take(other_token) == "watch_token");
  auto forged = tower.row(700);
  forged.row.total_claimed = units(600);
  CHECK(tower.take(forged) == "signature_of_another_key");
  CHECK_FALSE(tower.tower->take(pack_watch_rows({tower.row(700, 1), forged})));
  CHECK(tower.tower->status().channels == 0);
  for (std::uint8_t salt = 1; salt <= 3; ++salt) CHECK(tower.take(tower.row(700, salt)) == "ok");
  CHECK(tower.take(tower.row(700, 4)) == "watch_full");
  CHECK(tower.take(tower.row(800, 3)) == "ok");
}

TEST_CASE("watchtower: its routes") {
  TowerRoom tower;
  CHECK(post(*tower.tower, pack_watch_rows({tower.row(700)})).status == 204);
  CHECK(post(*tower.tower, {0xff, 0x01}).status == 400);
  CHECK(post(*tower.tower, base::Bytes(kMaxWatchBody + 1, 0)).status == 413);
  CHECK(answer_watch(*tower.tower, {"GET", kWatchPath, "", "", ""}).status == 405);
  CHECK(answer_watch(*tower.tower, {"GET", "/metrics", "", "", ""}).body.find("ferry_watchtower_channels 1\n") != std::string::npos);
  CHECK(answer_watch(*tower.tower, {"GET", "/healthz", "", "", ""}).status == 200);
  tower.room.faulty->unreachable = true;
  CHECK_FALSE(tower.tick());
  CHECK(answer_watch(*tower.tower, {"GET", "/healthz", "", "", ""}).status == 503);
  CHECK(answer_watch(*tower.tower, {"GET", "/else", "", "", ""}).status == 404);
}

TEST_CASE("watchtower: a start looks only at channels of which it does not know whether their payers withdraw") {
  TowerRoom room;
  for (std::uint8_t salt = 1; salt <= 3; ++salt) {
    room.deposit(salt);
    REQUIRE(room.take(room.row(1000, salt)) == "ok");
  }
  const auto looks_of_a_start = [&room] {
    room.start();
    const int before = room.room.faulty->reads;
    REQUIRE(room.tick());
    return room.room.faulty->reads - before;
  };
  CHECK(looks_of_a_start() == 3);
  CHECK(looks_of_a_start() == 3);  // they came after the last place but one
  CHECK(looks_of_a_start() == 0);
  REQUIRE(room.take(room.row(1100, 2)) == "ok");
  CHECK(looks_of_a_start() == 1);
  CHECK(looks_of_a_start() == 1);
  CHECK(looks_of_a_start() == 0);

  SUBCASE("what happened meanwhile is told by events") {
    room.tower.reset();
    room.room.withdraw(9000, 3);
    CHECK(looks_of_a_start() == 1);
    CHECK(room.room.claimed(3) == units(1000));
  }
  SUBCASE("on a chain with another history it looks at all of them") {
    room.room.faulty->history = base::sha256(base::bytes_of("another"));
    room.room.faulty->tells_events = false;
    room.room.withdraw(9000, 1);
    CHECK(looks_of_a_start() == 3);
    CHECK(room.room.claimed(1) == units(1000));
  }
  SUBCASE("its file is made small without forgetting which are new") {
    REQUIRE(room.take(room.row(1200, 1)) == "ok");
    room.rows_journal.reset();
    room.tower.reset();
    const auto file = room.directory() / "watch-rows";
    CHECK(open_watch_rows(file, room.room.separator, 0).value().memory.unseen == std::set{room.room.id(1)});
    const auto again = open_watch_rows(file, room.room.separator).value();
    CHECK(again.memory.unseen == std::set{room.room.id(1)});
    CHECK(again.memory.rows.size() == 3);
  }
}

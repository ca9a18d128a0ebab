#include "relay/watchtower/watch_row.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::relay;
using chain::test::People;
using chain::test::units;

namespace {

const base::Hash256 kDomain = base::domain_separator({199, People{}.stranger.address()});

WatchRow sample(std::uint64_t ceiling = 500, std::uint64_t total = 300, std::uint8_t salt = 1) {
  const People people;
  const auto config = chain::test::channel_of(people, people.stranger.address(), salt);
  return sign_watch_row(kDomain, chain::test::row_of(kDomain, config, people.session, units(ceiling), units(total)), people.relay);
}

std::string code_of(const base::Result<void>& result) { return result ? "ok" : result.error().code; }

}  // namespace

TEST_CASE("watch row: what a relay signs is sound, and comes back as it was") {
  const auto row = sample();
  CHECK(code_of(check_watch_row(kDomain, row)) == "ok");
  const auto packed = pack(row);
  CHECK(packed.size() <= kMaxWatchRowBytes);
  const auto again = unpack_watch_row(packed);
  REQUIRE(again);
  CHECK(pack(*again) == packed);
  CHECK(code_of(check_watch_row(kDomain, *again)) == "ok");
}

TEST_CASE("watch row: what anybody changed is refused") {
  auto row = sample();
  row.row.total_claimed = units(301);
  CHECK(code_of(check_watch_row(kDomain, row)) == "signature_of_another_key");
  row = sample();
  row.row.ceiling = units(501);
  CHECK(code_of(check_watch_row(kDomain, row)) == "signature_of_another_key");
  row = sample();
  row.row.config.receiver = People{}.stranger.address();
  CHECK(code_of(check_watch_row(kDomain, row)) == "signature_of_another_key");
  CHECK(code_of(check_watch_row(kDomain, sample(300, 301))) == "watch_row_above_ceiling");
  CHECK(code_of(check_watch_row(base::domain_separator({1, People{}.stranger.address()}), sample())) == "signature_of_another_key");
}

TEST_CASE("watch rows: a request holds a bounded number, and cut short or continued it is refused") {
  std::vector<WatchRow> rows;
  for (std::uint8_t salt = 1; salt <= 3; ++salt) rows.push_back(sample(500, 300, salt));
  auto body = pack_watch_rows(rows);
  REQUIRE(unpack_watch_rows(body));
  CHECK(unpack_watch_rows(body)->size() == 3);
  for (std::size_t size = 0; size < body.size(); ++size) CHECK_FALSE(unpack_watch_rows(base::ByteView{body}.first(size)));
  body.push_back(0);
  CHECK_FALSE(unpack_watch_rows(body));
  rows.resize(kMaxRowsAtOnce, rows.front());
  CHECK(pack_watch_rows(rows).size() <= kMaxWatchBody);
  CHECK(unpack_watch_rows(pack_watch_rows(rows)));
  rows.push_back(rows.front());
  CHECK_FALSE(unpack_watch_rows(pack_watch_rows(rows)));
}

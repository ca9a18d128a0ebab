#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

constexpr std::size_t kParts = 3;
constexpr std::uint8_t kPayers = 10;

base::SecretKey payer(std::uint8_t number) { return key(static_cast<std::uint8_t>(10 + number)); }
base::ChannelId channel_of(std::uint8_t number, std::uint8_t epoch = 0) { return channel_id(kDomain, config_of(payer(number), epoch)); }
std::size_t part_of(const base::Address& address) { return address.data[0] % kParts; }

void deliver(RelayLedger& ledger, const base::ChannelId& channel, std::uint64_t index) {
  const auto answer = ledger.reserve(channel, chunk(index), units(100), units(100), kNow).value();
  ledger.charge(std::get<Reservation>(answer), units(100), kNow);
}

/// Payers with two channels each: the first paid for, owing and with a reservation where the number is odd, the second emptied.
RelayLedger busy(std::vector<Reservation>* reserved = nullptr) {
  RelayLedger ledger = relay_ledger();
  for (std::uint8_t number = 0; number < kPayers; ++number) {
    const auto channel = channel_of(number);
    ledger.apply(ledger.open(config_of(payer(number)), holding(units(10'000))).value());
    ledger.apply(ledger.check_voucher(sign_voucher(kDomain, channel, units(300U + number), payer(number)), {}).value());
    for (std::uint64_t index = 0; index < 3; ++index) deliver(ledger, channel, index);
    if (number % 2 == 1 && reserved == nullptr) deliver(ledger, channel, 3);
    if (reserved != nullptr) reserved->push_back(std::get<Reservation>(ledger.reserve(channel, chunk(9), units(100), units(100), kNow).value()));
    ledger.apply(ledger.open(config_of(payer(number), 1), holding(units(50))).value());
    ChainChannel emptied;
    emptied.closed = true;
    ledger.apply(ledger.sync(channel_of(number, 1), emptied).value());
  }
  ledger.apply(TransactionRecord{kDomain, base::Bytes{1, 2}, 0});
  return ledger;
}

std::vector<base::Bytes> records_of(const std::vector<RelayLedger>& parts) {
  std::vector<base::Bytes> all;
  for (const auto& part : parts) {
    const auto own = part.snapshot();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace

TEST_CASE("divide: nothing is lost, and each payer is whole in the part that was named for it") {
  const RelayLedger whole = busy();
  const auto parts = busy().divide(kParts, part_of);
  REQUIRE(parts.size() == kParts);
  std::size_t channels = 0;
  for (std::size_t number = 0; number < kParts; ++number) {
    CHECK(!parts[number].channels().empty());
    CHECK(parts[number].audit());
    channels += parts[number].channels().size();
    for (const auto& [id, channel] : parts[number].channels()) {
      CHECK(part_of(channel.config.payer) == number);
      CHECK(channel.charged == whole.find(id)->charged);
      CHECK(channel.status == whole.find(id)->status);
      CHECK(parts[number].debt_of(channel.config.payer) == whole.debt_of(channel.config.payer));
      CHECK(parts[number].credit_of(channel.config.payer, units(100)) == whole.credit_of(channel.config.payer, units(100)));
    }
  }
  CHECK(channels == whole.channels().size());
}

TEST_CASE("divide: the snapshots of the parts, one after the other, rebuild the whole") {
  const RelayLedger whole = busy();
  const auto records = records_of(busy().divide(kParts, part_of));
  CHECK(records.size() == whole.snapshot().size());
  RelayLedger rebuilt = relay_ledger();
  for (const auto& record : records) REQUIRE(rebuilt.replay(record));
  CHECK(rebuilt.snapshot() == whole.snapshot());
}

TEST_CASE("divide: transactions are in the first part alone") {
  const auto parts = busy().divide(kParts, part_of);
  CHECK(parts[0].prepared_transactions().size() == 1);
  for (std::size_t number = 1; number < kParts; ++number) CHECK(parts[number].prepared_transactions().empty());
}

TEST_CASE("divide: a part goes on where the whole stopped") {
  std::vector<Reservation> reserved;
  auto parts = busy(&reserved).divide(kParts, part_of);
  for (const auto& reservation : reserved) {
    RelayLedger& part = parts[part_of(reservation.payer)];
    REQUIRE(part.charge(reservation, units(100), kNow));
    CHECK(part.find(reservation.channel)->charged == units(400));
    CHECK(part.find(reservation.channel)->reserved == units(0));
    // What was charged before and not confirmed is still made again for nothing, and who owes a window must pay first.
    const auto again = part.reserve(reservation.channel, chunk(1), units(100), units(100), kNow).value();
    CHECK(std::get<Reservation>(again).redelivery);
    CHECK(std::holds_alternative<NeedVoucher>(part.reserve(reservation.channel, chunk(5), units(120), units(100), kNow).value()));
    CHECK(part.audit());
  }
}

TEST_CASE("divide: of an empty ledger gives empty ones with its terms") {
  auto parts = relay_ledger().divide(2, [](const base::Address&) { return std::size_t{1}; });
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].snapshot().empty());
  parts[1].apply(parts[1].open(config(), holding(units(5))).value());
  CHECK(parts[1].find(id()) != nullptr);
}

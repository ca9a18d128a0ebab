#include "channels/records.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "protocol/base/pack.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// One of each, every field with a value of its own.
std::vector<Record> one_of_each() {
  const auto signature = sign_voucher(kDomain, id(), units(5), kPayer).signature;
  const auto request = chunk(3).request;
  const auto hash = kDomain;
  return {
      ChannelRecord{id(), config(), units(100), units(10), units(20), kNow, true},
      VoucherRecord{id(), units(50), signature, units(40)},
      ChargeRecord{id(), request, 3, units(7), units(8), units(57), kNow, units(9)},
      CreditRecord{kPayer.address(), 4, 5, units(6), units(7), units(8), units(9)},
      TransactionRecord{hash, base::Bytes(kMaxRawTransactionBytes, 0x5A), 1},
      ChargedRecord{id(), units(60), units(50)},
      RecentRecord{id(), request, DeliveryKey::kHead, units(7), units(9), kNow},
      AlternativeRecord{hash, hash, base::Bytes(kMaxRawTransactionBytes, 0x5B)},
      AccountRecord{hash, units(1), units(2), kNow, 3, 4, 5},
      UnclaimedRecord{id(), kNow},
      GoneRecord{units(1), units(2), units(3), units(4)},
      PlaceRecord{6, hash},
      PayerOpenRecord{"ferry://relay", config(), units(100), base::Bytes{1, 2, 3}},
      PayerChainRecord{id(), units(100), units(10), true},
      ReserveCeilingRecord{id(), units(64)},
      DeliveredRecord{id(), request, 3, hash, units(7), units(57), units(61)},
      AdoptedRecord{id(), units(3), units(60)},
      SignedRecord{id(), units(55), units(44), units(3)},
      PayerTransactionRecord{id(), hash, base::Bytes{4, 5}, units(6), true},
      RefundRecord{id(), 2, units(5)},
      PayerAlternativeRecord{id(), hash, base::Bytes{6, 7}},
  };
}

}  // namespace

TEST_CASE("records: each comes back as it was, byte for byte") {
  const auto records = one_of_each();
  REQUIRE(records.size() == std::variant_size_v<Record>);
  for (const Record& record : records) {
    const base::Bytes packed = pack(record);
    const auto unpacked = unpack_record(packed);
    REQUIRE_MESSAGE(unpacked.has_value(), unpacked.error().message);
    CHECK(unpacked->index() == record.index());
    CHECK(pack(*unpacked) == packed);
  }
}

TEST_CASE("records: the fields land where they belong") {
  const auto records = one_of_each();
  const auto charge = std::get<ChargeRecord>(unpack_record(pack(records[2])).value());
  CHECK(charge.channel == id());
  CHECK(charge.index == 3);
  CHECK(charge.charge == units(7));
  CHECK(charge.chunk_price == units(8));
  CHECK(charge.charged_after == units(57));
  CHECK(charge.at == kNow);
  CHECK(charge.granted == units(9));
  const auto opened = std::get<PayerOpenRecord>(unpack_record(pack(records[12])).value());
  CHECK(opened.relay == "ferry://relay");
  CHECK(opened.config == config());
  CHECK(opened.raw_transaction == base::Bytes{1, 2, 3});
}

TEST_CASE("records: they begin with a type that stays the same for ever") {
  const std::vector<std::uint8_t> types{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 33, 34, 35, 36, 37, 38, 39, 12, 40};
  const auto records = one_of_each();
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(pack(records[i])[1] == types[i]);
}

TEST_CASE("records: a type that is not known is refused, not skipped") {
  base::PackWriter out;
  out.array(2).number(13).number(0);
  CHECK(code_of(unpack_record(out.view())) == "pack_value");
  base::PackWriter beyond;
  beyond.array(2).number(1000).number(0);
  CHECK_FALSE(unpack_record(beyond.view()).has_value());
}

TEST_CASE("records: cut short or continued anywhere they are refused") {
  for (const Record& record : one_of_each()) {
    base::Bytes packed = pack(record);
    if (packed.size() > 1000) continue;  // the long one is cut in the same places
    for (std::size_t size = 0; size < packed.size(); ++size) CHECK_FALSE(unpack_record(base::ByteView{packed}.first(size)).has_value());
    packed.push_back(0);
    CHECK_FALSE(unpack_record(packed).has_value());
  }
}

TEST_CASE("records: one field too many or too few is refused") {
  for (const Record& record : one_of_each()) {
    base::Bytes packed = pack(record);
    packed[0] = static_cast<std::uint8_t>(packed[0] + 1);
    packed.push_back(0);
    CHECK_FALSE(unpack_record(packed).has_value());
  }
}

TEST_CASE("records: a signature that no contract would accept is refused") {
  VoucherRecord record{id(), units(50), sign_voucher(kDomain, id(), units(50), kPayer).signature, {}};
  record.signature.data[64] = 0;
  CHECK_FALSE(unpack_record(pack(record)).has_value());
}

TEST_CASE("records: a time out of any sensible range is held within it, so that what was written can be read") {
  ChannelRecord record{id(), config(), units(1), {}, {}, base::Time{INT64_MAX}, false};
  CHECK(std::get<ChannelRecord>(unpack_record(pack(record)).value()).withdraw_at > kNow);
  record.withdraw_at = base::Time{-1};
  CHECK(std::get<ChannelRecord>(unpack_record(pack(record)).value()).withdraw_at == base::Time{});
}

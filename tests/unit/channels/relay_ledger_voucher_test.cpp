#include <doctest/doctest.h>

#include "channels/relay_ledger.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// A ledger with a channel that has a voucher over 500 of 1000.
struct Paid {
  RelayLedger ledger = relay_ledger();
  base::ChannelId channel = open(ledger, units(1000));
  Paid() { pay(ledger, channel, units(500)); }

  Voucher voucher(base::Amount ceiling) const { return sign_voucher(kDomain, channel, ceiling, kPayer); }

  /// The code of the refusal; a refused voucher must not have changed anything.
  std::string code(const Voucher& voucher) const {
    const auto before = ledger.snapshot();
    const std::string code = code_of(ledger.check_voucher(voucher, units(0)));
    CHECK(ledger.snapshot() == before);
    return code;
  }
};

/// The other signature of the same digest: n - s, and the other v.
base::Signature high_s(const base::Signature& signature) {
  const auto order = base::from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").value();
  base::Signature out = signature;
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = order[i] - signature.data[32 + i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    out.data[32 + i] = static_cast<std::uint8_t>(digit + 256 * borrow);
  }
  out.data[64] = static_cast<std::uint8_t>(27 + 28 - signature.data[64]);
  return out;
}

}  // namespace

TEST_CASE("vouchers: one above the last is taken once its record is applied") {
  Paid paid;
  const Record record = paid.ledger.check_voucher(paid.voucher(units(501)), units(0)).value();
  CHECK(paid.ledger.find(paid.channel)->ceiling == units(500));
  paid.ledger.apply(record);
  CHECK(paid.ledger.find(paid.channel)->ceiling == units(501));
  CHECK(paid.ledger.find(paid.channel)->ceiling_signature == paid.voucher(units(501)).signature);
}

TEST_CASE("vouchers: several may be on their way to the disk, and the highest stands in whatever order they arrive") {
  Paid paid;
  const Record low = paid.ledger.check_voucher(paid.voucher(units(600)), units(0)).value();
  const Record high = paid.ledger.check_voucher(paid.voucher(units(700)), units(0)).value();
  paid.ledger.apply(high);
  paid.ledger.apply(low);
  CHECK(paid.ledger.find(paid.channel)->ceiling == units(700));
  CHECK(paid.ledger.find(paid.channel)->ceiling_signature == paid.voucher(units(700)).signature);
}

TEST_CASE("vouchers: the whole balance may be promised, and one unit more is refused") {
  Paid paid;
  CHECK(paid.code(paid.voucher(units(1000))) == "ok");
  CHECK(paid.code(paid.voucher(units(1001))) == "voucher_above_balance");
}

TEST_CASE("vouchers: one that goes back or repeats the last is refused") {
  Paid paid;
  CHECK(paid.code(paid.voucher(units(499))) == "voucher_not_above_last");
  CHECK(paid.code(paid.voucher(units(500))) == "voucher_not_above_last");
  CHECK(paid.code(paid.voucher(units(0))) == "voucher_not_above_last");
}

TEST_CASE("vouchers: one for a channel that the relay does not know is refused") {
  Paid paid;
  CHECK(paid.code(sign_voucher(kDomain, id(9), units(600), kPayer)) == "voucher_unknown_channel");
}

TEST_CASE("vouchers: one that was signed for another channel or another chain is refused") {
  Paid paid;
  open(paid.ledger, units(1000), 9);
  Voucher other = sign_voucher(kDomain, id(9), units(600), kPayer);
  other.channel = paid.channel;
  CHECK(paid.code(other) == "signature_of_another_key");
  const auto other_chain = base::domain_separator(base::Domain{1338, address(0x55)});
  CHECK(paid.code(sign_voucher(other_chain, paid.channel, units(600), kPayer)) == "signature_of_another_key");
}

TEST_CASE("vouchers: a signature over another ceiling is refused") {
  Paid paid;
  Voucher raised = paid.voucher(units(600));
  raised.ceiling = units(601);
  CHECK(paid.code(raised) == "signature_of_another_key");
}

TEST_CASE("vouchers: one that another key signed is refused, the wallet's own key included where a session key is named") {
  Paid paid;
  CHECK(paid.code(sign_voucher(kDomain, paid.channel, units(600), kStranger)) == "signature_of_another_key");

  ChannelConfig session = config(4);
  session.payer_authorizer = kStranger.address();
  paid.ledger.apply(paid.ledger.open(session, holding(units(1000))).value());
  const auto channel = channel_id(kDomain, session);
  CHECK(paid.code(sign_voucher(kDomain, channel, units(1), kPayer)) == "signature_of_another_key");
  CHECK(paid.code(sign_voucher(kDomain, channel, units(1), kStranger)) == "ok");
}

TEST_CASE("vouchers: the high-s twin of a good signature is refused, although the curve accepts it") {
  Paid paid;
  Voucher voucher = paid.voucher(units(600));
  voucher.signature = high_s(voucher.signature);
  CHECK(paid.code(voucher) == "signature_high_s");
  voucher.signature = high_s(voucher.signature);
  CHECK(paid.code(voucher) == "ok");
}

TEST_CASE("vouchers: v must be 27 or 28") {
  Paid paid;
  Voucher voucher = paid.voucher(units(600));
  for (const int v : {0, 1, 26, 29, 255}) {
    voucher.signature.data[64] = static_cast<std::uint8_t>(v);
    CHECK(paid.code(voucher) == "signature_v");
  }
}

TEST_CASE("vouchers: the short form of 64 bytes is refused") {
  Paid paid;
  const Voucher voucher = paid.voucher(units(600));
  CHECK(code_of(base::Signature::from(voucher.signature.view().first(64))) == "signature_length");
}

TEST_CASE("vouchers: none is taken for a channel that is being emptied or closed") {
  Paid paid;
  ChainChannel chain = holding(units(1000));
  chain.pending_withdraw = units(10);
  paid.ledger.apply(paid.ledger.sync(paid.channel, chain).value());
  CHECK(paid.code(paid.voucher(units(600))) == "voucher_channel_not_open");
  chain.closed = true;
  paid.ledger.apply(paid.ledger.sync(paid.channel, chain).value());
  CHECK(paid.code(paid.voucher(units(600))) == "voucher_channel_not_open");
}

TEST_CASE("vouchers: one that was checked before the channel closed still counts when it becomes durable") {
  Paid paid;
  const Record record = paid.ledger.check_voucher(paid.voucher(units(600)), units(0)).value();
  ChainChannel chain = holding(units(100));
  chain.closed = true;
  paid.ledger.apply(paid.ledger.sync(paid.channel, chain).value());
  paid.ledger.apply(record);
  CHECK(paid.ledger.find(paid.channel)->ceiling == units(600));
  CHECK(paid.ledger.audit().has_value());
}

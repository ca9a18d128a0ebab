// Amounts as text, and arithmetic on amounts taken from the input: texts round-trip, and what scaling gives is bounded by what went in.

#include "protocol/base/amount.hpp"
#include "protocol/base/address.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry::base;
using ferry::fuzz::require;

namespace {

void check_texts(Amount amount) {
  require(Amount::parse_btt(amount.to_btt()).value() == amount, "BTT text reads back");
  require(Amount::parse_units(amount.to_units_text()).value() == amount, "text of units reads back");
  require(Amount::from_bytes(amount.to_bytes()) == amount, "bytes read back");
}

void check_arithmetic(Amount a, Amount b, Amount c) {
  if (const auto sum = a.plus(b)) require(sum->minus(b) == a, "a sum less one part is the other");
  if (const auto product = a.times(b.units()); product && !b.is_zero()) {
    require(product->scaled_down(1, b.units()) == a, "a product divided by one factor is the other");
  }
  const auto down = a.scaled_down(b.units(), c.units());
  const auto up = a.scaled_up(b.units(), c.units());
  require(!up || down.has_value(), "what fits rounded up fits rounded down");
  if (up && down) require(*up >= *down && up->minus(*down).value() <= Amount::from_units(1), "rounding moves by one unit at most");
  if (down && !b.is_zero()) {
    const auto back = down->scaled_down(c.units(), b.units());
    require(back.has_value() && *back <= a, "scaling down and back gives no more than there was");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes{data, size};
  const std::string_view text = text_of(bytes);
  if (const auto amount = Amount::parse_btt(text)) check_texts(*amount);
  if (const auto amount = Amount::parse_units(text)) {
    check_texts(*amount);
    require(amount->to_units_text() == text, "text of units is canonical");
  }
  if (const auto address = Address::parse(text)) {
    require(Address::parse(address->to_eip55()).value() == *address, "an address's text reads back");
    require(Address::parse(address->to_tron()).value() == *address, "an address's TRON text reads back");
  }
  if (size >= 48) {
    check_arithmetic(Amount::from_bytes(bytes.first(16)).value(), Amount::from_bytes(bytes.subspan(16, 16)).value(),
                     Amount::from_bytes(bytes.subspan(32, 16)).value());
  }
  return 0;
}

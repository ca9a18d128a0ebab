#include "channels/chain/evm/quantity.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using namespace ferry::chain::evm;

TEST_CASE("quantity: what is written is read back") {
  CHECK(write_quantity(0) == "0x0");
  CHECK(write_quantity(1024) == "0x400");
  const auto most = base::Amount::max().units();
  CHECK(write_quantity(most) == "0x" + std::string(32, 'f'));
  for (const base::Amount::Raw value : {base::Amount::Raw{0}, base::Amount::Raw{9}, base::Amount::Raw{0x10}, most - 1, most}) {
    CHECK(read_quantity(write_quantity(value)) == value);
  }
}

TEST_CASE("quantity: one number has one form, but for the case of its digits") {
  CHECK(read_quantity("0xAb") == base::Amount::Raw{0xab});
  for (const char* text : {"", "0x", "0", "12", "0x00", "0x01", "0X1", "0xg", "0x 1", "0x1 ", "-0x1", "0x-1", "0x1.0"}) CHECK_FALSE(read_quantity(text).has_value());
  CHECK_FALSE(read_quantity("0x1" + std::string(32, '0')).has_value());
  CHECK_FALSE(read_quantity_u64("0x1" + std::string(16, '0')).has_value());
  CHECK(read_quantity_u64("0xffffffffffffffff") == ~std::uint64_t{0});
}

TEST_CASE("quantity: a balance that 128 bits cannot count is the most that they can") {
  CHECK(read_balance_quantity("0x5") == base::Amount::from_units(5));
  CHECK(read_balance_quantity("0x" + std::string(33, '1')) == base::Amount::max());
  CHECK(read_balance_quantity("0x" + std::string(64, 'f')) == base::Amount::max());
  CHECK_FALSE(read_balance_quantity("0x" + std::string(65, 'f')).has_value());
}

#include "channels/chain/evm/rlp.hpp"

#include <doctest/doctest.h>

#include "protocol/base/hash.hpp"
#include "tests/unit/channels/chain/evm/vectors.hpp"

using namespace ferry;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

namespace {

bool is_refused(const std::string& hex) {
  const auto bytes = *base::from_hex(hex);
  const auto read = read_rlp_list(bytes, 3);
  return !read && read.error().code == "rlp";
}

}  // namespace

TEST_CASE("rlp: lists of strings are written as ethers writes them, and read back") {
  REQUIRE(vectors()["rlp"].size() == 8);
  for (const auto& vector : vectors()["rlp"]) {
    RlpWriter out;
    std::vector<base::Bytes> items;
    for (const auto& item : vector["items"]) items.emplace_back(item[1].get<std::size_t>(), base::from_hex(item[0].get<std::string>())->front());
    for (const auto& item : items) out.bytes(item);
    const auto written = out.finish();
    CHECK(written.size() == vector["size"].get<std::size_t>());
    CHECK("0x" + base::keccak256(written).hex() == vector["hash"].get<std::string>());

    const auto read = read_rlp_list(written, 100);
    REQUIRE(read.has_value());
    REQUIRE(read->size() == items.size());
    for (std::size_t i = 0; i < items.size(); ++i) CHECK(base::Bytes((*read)[i].begin(), (*read)[i].end()) == items[i]);
  }
}

TEST_CASE("rlp: numbers are big-endian without leading zeros") {
  const auto hex = [](base::Amount::Raw value) { return base::to_hex(RlpWriter{}.number(value).finish()); };
  CHECK(hex(0) == "c180");
  CHECK(hex(0x7f) == "c17f");
  CHECK(hex(0x80) == "c28180");
  CHECK(hex(0x0400) == "c3820400");
  CHECK(hex(base::Amount::max().units()) == "d190" + std::string(32, 'f'));
  CHECK(*read_rlp_number({}) == 0);
  CHECK(*read_rlp_number(*base::from_hex("0400")) == 0x0400);
  CHECK_FALSE(read_rlp_number(*base::from_hex("0004")).has_value());
  CHECK_FALSE(read_rlp_number(base::Bytes(17, 1)).has_value());
}

TEST_CASE("rlp: what is not in its one form is refused") {
  CHECK_FALSE(is_refused("c0"));
  CHECK(is_refused(""));
  CHECK(is_refused("80"));            // a string
  CHECK(is_refused("c000"));          // something after the list
  CHECK(is_refused("c2c0c0"));        // lists inside
  CHECK(is_refused("c101c1"));        // too long
  CHECK(is_refused("c401010101"));    // four members, three are allowed
  CHECK(is_refused("c28101"));        // a byte that stands for itself
  CHECK(is_refused("c3820101ff"));    // a string that ends after the list
  CHECK(is_refused("c282"));          // cut off
  CHECK(is_refused("f80101"));        // a long length for a short list
  CHECK(is_refused("f9003801"));      // a length with leading zeros
  CHECK(is_refused("ff7fffffffffffffff01"));
  CHECK(is_refused("fbffffffff01"));
}

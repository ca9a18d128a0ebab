#include "channels/chain/evm/legacy_transaction.hpp"

#include <doctest/doctest.h>

#include "channels/chain/ledger_transaction.hpp"
#include "tests/unit/channels/chain/evm/vectors.hpp"
#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;
using ferry::chain::test::high_s_twin;
using ferry::chain::test::key_of;

namespace {

base::Amount amount_at(const nlohmann::json& text) { return base::Amount::parse_units(text.get<std::string>()).value(); }
std::uint64_t number_at(const nlohmann::json& text) { return static_cast<std::uint64_t>(amount_at(text).units()); }

LegacyTransaction transaction_of(const nlohmann::json& vector) {
  return {number_at(vector["chain_id"]), number_at(vector["nonce"]),  amount_at(vector["gas_price"]), number_at(vector["gas_limit"]),
          *base::Address::parse(vector["to"].get<std::string>()), amount_at(vector["value"]), bytes_at(vector["data"])};
}

std::string code_of(const base::Bytes& bytes) {
  const auto read = read_legacy(bytes);
  return read ? "read" : read.error().code;
}

const LegacyTransaction kPlain{199, 3, base::Amount::from_units(5), 21000, key_of(2).address(), base::Amount::from_units(9), {}};

}  // namespace

TEST_CASE("legacy transaction: bytes and id are those of ethers, and are read back") {
  REQUIRE(vectors()["transactions"].size() == 46);
  for (const auto& vector : vectors()["transactions"]) {
    const auto key = key_of(vector["key"].get<std::uint8_t>());
    const auto transaction = transaction_of(vector);
    const auto raw = sign_legacy(transaction, key);
    CHECK(raw.bytes == bytes_at(vector["raw"]));
    CHECK("0x" + raw.id.hex() == vector["id"].get<std::string>());
    const auto read = read_legacy(raw.bytes);
    REQUIRE(read.has_value());
    CHECK(read->transaction == transaction);
    CHECK(read->from == key.address());
  }
}

TEST_CASE("legacy transaction: the highest fee is the gas limit at its price, or too much to count") {
  CHECK(highest_fee(kPlain) == base::Amount::from_units(105'000));
  LegacyTransaction dear = kPlain;
  dear.gas_price = base::Amount::max();
  CHECK_FALSE(highest_fee(dear).has_value());
}

TEST_CASE("legacy transaction: what is cut off, longer or changed is refused or is another sender's") {
  const auto raw = sign_legacy(kPlain, key_of(1));
  for (std::size_t length = 0; length < raw.bytes.size(); ++length) {
    CHECK(code_of(base::Bytes(raw.bytes.begin(), raw.bytes.begin() + static_cast<std::ptrdiff_t>(length))) == "rlp");
  }
  auto longer = raw.bytes;
  longer.push_back(0);
  CHECK(code_of(longer) == "rlp");
  for (std::size_t i = 0; i < raw.bytes.size(); ++i) {
    auto changed = raw.bytes;
    changed[i] ^= 1U;
    const auto read = read_legacy(changed);
    CHECK((!read || read->from != key_of(1).address()));
  }
}

TEST_CASE("legacy transaction: one that is bound to no chain is refused, and so is a signature's twin") {
  // v = 27: as before EIP-155. It stands before the two halves of the signature, which take 33 bytes each.
  auto unbound = sign_legacy(kPlain, key_of(1)).bytes;
  const auto v = unbound.size() - 2 * 33 - 3;  // 0x82 and two bytes: 35 + 2 * 199 has two
  REQUIRE(unbound[v] == 0x82);
  unbound.erase(unbound.begin() + static_cast<std::ptrdiff_t>(v), unbound.begin() + static_cast<std::ptrdiff_t>(v) + 2);
  unbound[v] = 27;
  unbound[1] = static_cast<std::uint8_t>(unbound[1] - 2);
  CHECK(code_of(unbound) == "transaction_chain");

  auto twin = sign_legacy(kPlain, key_of(1)).bytes;
  base::Signature signature;
  std::copy(twin.end() - 65, twin.end() - 33, signature.data.begin());
  std::copy(twin.end() - 32, twin.end(), signature.data.begin() + 32);
  signature.data[64] = 27;
  const auto high = high_s_twin(signature);
  std::copy(high.data.begin() + 32, high.data.begin() + 64, twin.end() - 32);
  CHECK(code_of(twin) == "signature_high_s");
}

#include "protocol/base/address.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <unordered_set>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

Address random_address(std::mt19937_64& random) {
  Address out;
  for (auto& byte : out.data) byte = static_cast<std::uint8_t>(random());
  return out;
}

std::string hex_of(const Address& address) { return to_hex(address.view()); }

struct TronPair {
  const char* tron;
  const char* hex;
};

constexpr TronPair kTronPairs[] = {
    {"TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fbm", "dd6bb75182d7f576b4036cbd8fc13da50a10b8e3"},
    {"TWBwWHZWwH8TzrZnbxit1J645VGYY1K2fA", "ddcafcda1138d2742e0b1c1ffaa6a1c16319c428"},
    {"TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4", "032017411f4663b317fe77c257d28d5cd1b26e3d"},
    {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "a614f803b6fd780986a42c78ec9c7f77e6ded13c"},
};

}  // namespace

TEST_CASE("address: the examples of EIP-55 are written and read as published") {
  for (const char* text : {"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
                           "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
                           "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                           "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE(address.has_value());
    CHECK(address->to_eip55() == text);
  }
}

TEST_CASE("address: all-lower and all-upper digits carry no checksum, mixed ones must be right") {
  CHECK(Address::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").has_value());
  CHECK(Address::parse("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED").has_value());
  CHECK(code_of(Address::parse("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")) == "address_checksum");
  CHECK(code_of(Address::parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD")) == "address_checksum");
}

TEST_CASE("address: known pairs of TRON text and bytes") {
  for (const auto& [tron, hex] : kTronPairs) {
    CAPTURE(tron);
    const auto address = Address::parse(tron);
    REQUIRE(address.has_value());
    CHECK(hex_of(*address) == hex);
    CHECK(address->to_tron() == tron);
  }
}

TEST_CASE("address: random ones and the extremes round-trip in both forms") {
  std::mt19937_64 random{7};
  std::vector<Address> addresses(200);
  std::generate(addresses.begin(), addresses.end(), [&] { return random_address(random); });
  addresses.push_back(Address{});
  addresses.push_back(Address{});
  addresses.back().data.fill(0xff);
  for (const Address& address : addresses) {
    CHECK(Address::parse(address.to_eip55()).value() == address);
    CHECK(address.to_tron().size() == 34);
    CHECK(Address::parse(address.to_tron()).value() == address);
  }
}

TEST_CASE("address: every single wrong digit of a TRON text is noticed") {
  const std::string good = kTronPairs[0].tron;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char digit : std::string_view{"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"}) {
      std::string changed = good;
      changed[i] = digit;
      CHECK(Address::parse(changed).has_value() == (changed == good));
    }
  }
  std::string last_changed = good;
  last_changed.back() = last_changed.back() == 'm' ? 'n' : 'm';
  CHECK(code_of(Address::parse(last_changed)) == "address_checksum");
}

TEST_CASE("address: other texts are refused") {
  for (const char* bad : {"", "0x", "T", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
                          "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                          "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", "0x0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                          "0x0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea", " 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                          "TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fb", "TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fbmm", "TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fb0",
                          "TzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzZ", "Tzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}) {
    CAPTURE(bad);
    CHECK(code_of(Address::parse(bad)) == "address_text");
  }
}

TEST_CASE("address: a foreign text is bounded and printable in the message") {
  const auto refused = Address::parse("0x\n" + std::string(100'000, 'z'));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::refusal);
  CHECK(refused.error().message.size() < 250);
  CHECK(refused.error().message.find('\n') == std::string::npos);
}

TEST_CASE("address: it is made from exactly 20 bytes") {
  CHECK(Address::from(Bytes(20, 1)).has_value());
  CHECK_FALSE(Address::from(Bytes(19, 1)).has_value());
  CHECK_FALSE(Address::from(Bytes(21, 1)).has_value());
  CHECK(Address{}.is_zero());
  CHECK_FALSE(Address::from(Bytes(20, 1))->is_zero());
}

TEST_CASE("address: it can be a key of ordered and unordered containers") {
  std::mt19937_64 random{1};
  const Address a = random_address(random);
  const Address b = random_address(random);
  const std::unordered_set<Address, AddressHasher> set{a, b, a};
  CHECK(set.size() == 2);
  CHECK((a < b) == (hex_of(a) < hex_of(b)));
}

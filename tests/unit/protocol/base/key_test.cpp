#include "protocol/base/key.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <thread>
#include <type_traits>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

constexpr const char* kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr const char* kOrderMinusOne = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
constexpr const char* kHalfOrder = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
constexpr const char* kHalfOrderPlusOne = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1";
const std::string kZero(64, '0');
const std::string kOne = std::string(63, '0') + "1";

Bytes hex(const std::string& text) { return from_hex(text).value(); }
SecretKey key_of(std::uint8_t byte) { return std::move(*SecretKey::from_bytes(Bytes(32, byte))); }
Digest digest_of(const std::string& text) { return Digest::parse_hex(text).value(); }
std::string parse_code(const std::string& r, const std::string& s, const std::string& v) {
  return code_of(Signature::from(hex(r + s + v)));
}

struct SignedVoucher {
  const char* digest;
  const char* signature;
};
/// Vouchers on two chains by the key 0x01…01, made with other software (viem).
constexpr SignedVoucher kVouchers[] = {
    {"fe7d39354eac04f8787df7d7381efd242cae0d1f03281c16aa00a34d07dbf49e",
     "369864ffdf50fae2b037e528425000c987b5ce70df4dfab8c721bc2e755a50e131befa8df1c79d44063b25459db09f0aa0e4e6e13a4afab7ed02f33e13ea38651c"},
    {"e5425ca05ada712cd0e65a8aa36b7b73e355503e250008d3d8f20a29898f9555",
     "a0eee4dbc3e76b7cf4128e426f2c517eb90a03b3ed4a2e0a669906e9561e4c817671366817ee303bde592509c55d573215ee100a80b49514ded37f493eb0f00a1b"},
};

/// n - s: the other signature that the curve accepts for the same digest and key.
Bytes negated(ByteView s) {
  const Bytes order = hex(kOrder);
  Bytes out(32);
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - s[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[i] = static_cast<std::uint8_t>(difference & 0xff);
  }
  return out;
}

Signature high_s_twin(const Signature& low) {
  Signature twin = low;
  const Bytes s = negated(low.view().subspan(32, 32));
  std::copy(s.begin(), s.end(), twin.data.begin() + 32);
  twin.data[64] = low.data[64] == 27 ? 28 : 27;
  return twin;
}

}  // namespace

TEST_CASE("key: addresses of known keys") {
  CHECK(to_hex(key_of(1).address().view()) == "1a642f0e3c3af545e7acbd38b07251b3990914f1");
  CHECK(to_hex(key_of(2).address().view()) == "5050a4f4b3f9338c3472dcc01a87c76a144b3c9c");
  CHECK(SecretKey::from_hex(kOne)->address().to_eip55() == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
}

TEST_CASE("key: signatures over published voucher digests are equal byte for byte, as RFC 6979 makes them") {
  for (const auto& [digest, signature] : kVouchers) {
    const Signature made = key_of(1).sign(digest_of(digest));
    CHECK(to_hex(made.view()) == signature);
    CHECK(code_of(Signature::from(made.view())) == "ok");
    CHECK(recover(digest_of(digest), made).value() == key_of(1).address());
  }
}

TEST_CASE("key: what a key signs recovers to its address and to nothing else") {
  for (int i = 0; i < 20; ++i) {
    const SecretKey key = SecretKey::generate();
    const Digest digest = Digest::random();
    const Signature signature = key.sign(digest);
    CHECK(code_of(Signature::from(signature.view())) == "ok");
    CHECK(recover(digest, signature).value() == key.address());
    CHECK(check_signature(digest, signature, key.address()).has_value());
    CHECK(code_of(check_signature(digest, signature, key_of(1).address())) == "signature_of_another_key");
    CHECK_FALSE(check_signature(Digest::random(), signature, key.address()).has_value());
  }
}

TEST_CASE("key: every flipped bit of a signature spoils it") {
  const Digest digest = digest_of(kVouchers[0].digest);
  const SecretKey key = key_of(1);
  const Signature good = key.sign(digest);
  for (std::size_t bit = 0; bit < Signature::kSize * 8; ++bit) {
    Signature changed = good;
    changed.data[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(check_signature(digest, changed, key.address()).has_value());
  }
}

TEST_CASE("key: the high-s twin of a signature is refused everywhere") {
  const Digest digest = digest_of(kVouchers[0].digest);
  const Signature twin = high_s_twin(key_of(1).sign(digest));
  CHECK(code_of(Signature::from(twin.view())) == "signature_high_s");
  CHECK(code_of(recover(digest, twin)) == "signature_high_s");
  CHECK(code_of(check_signature(digest, twin, key_of(1).address())) == "signature_high_s");
}

TEST_CASE("signature: r and s must lie in their ranges") {
  CHECK(parse_code(kOne, kOne, "1b") == "ok");
  CHECK(parse_code(kOrderMinusOne, kHalfOrder, "1c") == "ok");
  CHECK(parse_code(kZero, kOne, "1b") == "signature_range");
  CHECK(parse_code(kOne, kZero, "1b") == "signature_range");
  CHECK(parse_code(kOrder, kOne, "1b") == "signature_range");
  CHECK(parse_code(kOne, kOrder, "1b") == "signature_range");
  CHECK(parse_code(std::string(64, 'f'), kOne, "1b") == "signature_range");
  CHECK(parse_code(kOne, kHalfOrderPlusOne, "1b") == "signature_high_s");
  CHECK(parse_code(kOne, kOrderMinusOne, "1b") == "signature_high_s");
}

TEST_CASE("signature: v is 27 or 28") {
  for (int v = 0; v < 256; ++v) {
    const std::string text = to_hex(std::array{static_cast<std::uint8_t>(v)});
    CHECK(parse_code(kOne, kOne, text) == (v == 27 || v == 28 ? "ok" : "signature_v"));
  }
}

TEST_CASE("signature: it is 65 bytes; the short form of EIP-2098 is refused") {
  for (const std::size_t size : {0U, 1U, 64U, 66U, 130U}) CHECK(code_of(Signature::from(Bytes(size, 27))) == "signature_length");
}

TEST_CASE("signature: one that no key can have made is refused, not recovered") {
  // x = 5 is not on the curve.
  const auto signature = Signature::from(hex(std::string(63, '0') + "5" + kOne + "1b"));
  REQUIRE(signature.has_value());
  CHECK(code_of(recover(Digest::random(), *signature)) == "signature_unrecoverable");
}

TEST_CASE("signature: one that was not checked before is checked by recover") {
  CHECK(code_of(recover(Digest{}, Signature{})) == "signature_v");
}

TEST_CASE("key: only scalars from 1 to n - 1 are keys") {
  CHECK(SecretKey::from_hex(kOne).has_value());
  CHECK(SecretKey::from_hex("0x" + std::string{kOrderMinusOne}).has_value());
  for (const std::string& bad :
       {kZero, std::string{kOrder}, std::string(64, 'f'), std::string(62, '1'), std::string(66, '1'), std::string{}, std::string{"zz"}}) {
    CAPTURE(bad);
    CHECK(code_of(SecretKey::from_hex(bad)) == "key_invalid");
  }
  CHECK(code_of(SecretKey::from_bytes({})) == "key_invalid");
}

TEST_CASE("key: a refused secret does not appear in the message") {
  const auto refused = SecretKey::from_hex(std::string(62, 'a'));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("aaaa") == std::string::npos);
}

TEST_CASE("key: it moves and leaves nothing behind") {
  static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
  SecretKey first = key_of(1);
  SecretKey second{std::move(first)};
  const auto is_wiped = [](const SecretKey& key) {
    const ByteView secret = key.secret_bytes();
    return key.address().is_zero() && std::all_of(secret.begin(), secret.end(), [](std::uint8_t byte) { return byte == 0; });
  };
  CHECK(is_wiped(first));
  SecretKey third = key_of(2);
  third = std::move(second);
  CHECK(is_wiped(second));
  CHECK(third.address() == key_of(1).address());
  SecretKey& same = third;
  third = std::move(same);
  CHECK(third.address() == key_of(1).address());
}

TEST_CASE("key: a clone signs alike and outlives its source") {
  auto source = std::make_unique<SecretKey>(key_of(1));
  const SecretKey copy = source->clone();
  source.reset();
  CHECK(copy.address() == key_of(1).address());
  CHECK(copy.sign(digest_of(kVouchers[0].digest)) == key_of(1).sign(digest_of(kVouchers[0].digest)));
  CHECK(to_hex(copy.secret_bytes()) == to_hex(Bytes(32, 1)));
}

TEST_CASE("key: generated keys differ") { CHECK(SecretKey::generate().address() != SecretKey::generate().address()); }

TEST_CASE("key: several threads sign and recover at once") {
  const SecretKey key = key_of(1);
  const Digest digest = digest_of(kVouchers[1].digest);
  const auto work = [&](int& wrong) {
    for (int i = 0; i < 50; ++i) wrong += recover(digest, key.sign(digest)).value() == key.address() ? 0 : 1;
  };
  int wrong_there = 0;
  int wrong_here = 0;
  std::thread other{work, std::ref(wrong_there)};
  work(wrong_here);
  other.join();
  CHECK(wrong_there + wrong_here == 0);
}

TEST_CASE("key: wiping overwrites all bytes") {
  Bytes secret(100, 0xaa);
  wipe(secret);
  CHECK(secret == Bytes(100, 0));
  wipe({});
}

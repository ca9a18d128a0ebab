#include "protocol/base/bytes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

using namespace ferry::base;

namespace {

Bytes counting(std::size_t size) {
  Bytes out(size);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

}  // namespace

TEST_CASE("bytes: text and bytes are views of each other") {
  const std::string text = "caf\xc3\xa9";
  CHECK(bytes_of(text).size() == 5);
  CHECK(bytes_of(text)[3] == 0xc3);
  CHECK(text_of(bytes_of(text)).data() == text.data());
  CHECK(text_of(bytes_of(text)) == text);
  CHECK(bytes_of("").empty());
}

TEST_CASE("bytes: hexadecimal text round-trips for every byte") {
  const Bytes all = counting(256);
  const std::string text = to_hex(all);
  CHECK(text.substr(0, 8) == "00010203");
  CHECK(text.substr(504) == "fcfdfeff");
  CHECK(from_hex(text) == all);
  CHECK(from_hex("0x" + text) == all);
}

TEST_CASE("bytes: hexadecimal text is read strictly") {
  CHECK(from_hex("") == Bytes{});
  CHECK(from_hex("0x") == Bytes{});
  CHECK(from_hex("aBCd") == Bytes{0xab, 0xcd});
  for (const char* bad : {"a", "0xa", "0X00", "0x0x00", "0g", "g0", " 00", "00 ", "-1", "0", "é"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_hex(bad).has_value());
  }
}

TEST_CASE("bytes: constant-time comparison says what an ordinary one says") {
  const Bytes a = counting(32);
  CHECK(equal_in_constant_time(a, counting(32)));
  CHECK(equal_in_constant_time({}, {}));
  CHECK_FALSE(equal_in_constant_time(a, counting(31)));
  CHECK_FALSE(equal_in_constant_time(a, {}));
  for (std::size_t i = 0; i < a.size(); ++i) {
    Bytes b = a;
    b[i] ^= 0x80;
    CHECK_FALSE(equal_in_constant_time(a, b));
  }
}

TEST_CASE("bytes: CRC-32C gives the examples of RFC 3720 B.4") {
  Bytes descending = counting(32);
  std::reverse(descending.begin(), descending.end());
  const auto read_command = from_hex(
      "01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
      "0200000000000000");
  REQUIRE(read_command.has_value());
  for (const auto& crc : {&crc32c, &crc32c_by_table}) {
    CHECK(crc(Bytes(32, 0x00), 0) == 0x8a9136aaU);
    CHECK(crc(Bytes(32, 0xff), 0) == 0x62a8ab43U);
    CHECK(crc(counting(32), 0) == 0x46dd794eU);
    CHECK(crc(descending, 0) == 0x113fdb5cU);
    CHECK(crc(*read_command, 0) == 0xd9963a56U);
    CHECK(crc(bytes_of("123456789"), 0) == 0xe3069283U);
    CHECK(crc({}, 0) == 0U);
  }
}

TEST_CASE("bytes: CRC-32C continues from the value of the bytes before, wherever the cut is, and both ways to compute it agree") {
  const Bytes all = counting(100);
  const std::uint32_t whole = crc32c(all);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    const ByteView head = ByteView{all}.first(cut);
    const ByteView tail = ByteView{all}.subspan(cut);
    CHECK(crc32c(tail, crc32c(head)) == whole);
    CHECK(crc32c_by_table(tail, crc32c_by_table(head)) == whole);
    CHECK(crc32c(head) == crc32c_by_table(head));
  }
}

TEST_CASE("bytes: random fills differ and fill everything") {
  std::set<std::string> seen;
  for (int i = 0; i < 64; ++i) seen.insert(Salt::random().hex());
  CHECK(seen.size() == 64);
  // Among 64 fills of 1000 bytes the last byte is zero in all of them only if it is never written.
  std::array<std::uint8_t, 1000> large{};
  bool last_written = false;
  for (int i = 0; i < 64; ++i) {
    fill_random(large);
    last_written = last_written || large.back() != 0;
  }
  CHECK(last_written);
  fill_random({});
}

TEST_CASE("bytes: a 32-byte value is made from exactly 32 bytes") {
  const Bytes source = counting(32);
  const auto value = Hash256::from(source);
  REQUIRE(value.has_value());
  CHECK(value->hex() == to_hex(source));
  CHECK(Hash256::parse_hex("0x" + value->hex()) == value);
  CHECK_FALSE(Hash256::from(counting(31)).has_value());
  CHECK_FALSE(Hash256::from(counting(33)).has_value());
  CHECK_FALSE(Hash256::parse_hex("00").has_value());
  CHECK_FALSE(Hash256::parse_hex("xyz").has_value());
  CHECK(Hash256{}.is_zero());
  CHECK_FALSE(value->is_zero());
}

TEST_CASE("bytes: kinds of 32-byte values do not mix, and order and hash as their bytes") {
  static_assert(!std::is_convertible_v<Hash256, Digest>);
  static_assert(!std::is_convertible_v<ChannelId, RequestHash>);
  Hash256 low;
  low.data[7] = 1;
  Hash256 high;
  high.data[0] = 1;
  CHECK(low < high);
  CHECK(Bytes32Hasher{}(low) == 1);
  CHECK(Bytes32Hasher{}(high) == std::size_t{1} << 56U);
}

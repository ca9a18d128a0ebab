#include "protocol/base/pack.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

Bytes packed(const std::string& text) { return from_hex(text).value(); }

/// The code that `read` ends with on these bytes.
template <typename Read>
std::string code_after(const std::string& bytes, Read read) {
  const Bytes input = packed(bytes);
  PackReader reader{input};
  read(reader);
  return code_of(reader.finish());
}

std::string number_code(const std::string& bytes) {
  return code_after(bytes, [](PackReader& reader) { reader.number(); });
}

std::uint64_t number_of(const std::string& bytes) {
  const Bytes input = packed(bytes);
  PackReader reader{input};
  const std::uint64_t value = reader.number();
  CHECK(code_of(reader.finish()) == "ok");
  return value;
}

std::string packed(std::uint64_t value) { return to_hex(PackWriter{}.number(value).view()); }

Signature some_signature() { return SecretKey::from_bytes(Bytes(32, 1))->sign(Digest{}); }

Bytes sample() {
  PackWriter writer;
  writer.array(9).number(300).boolean(true).nil().text("a\xc3\xa4").bytes(Bytes{1, 2, 3}).amount(Amount::btt(5));
  writer.address(Address{}).signature(some_signature()).array(2).bytes32(Salt{}).array(0);
  return writer.take();
}

void read_sample(PackReader& reader) {
  reader.array_of(9);
  reader.number(1000);
  reader.boolean();
  reader.skip_nil();
  reader.text(10);
  reader.bytes(3);
  reader.amount();
  reader.address();
  reader.signature();
  reader.array_of(2);
  reader.bytes32<struct SaltTag>();
  reader.array_of(0);
}

}  // namespace

TEST_CASE("pack: every kind of value round-trips") {
  const Bytes input = sample();
  PackReader reader{input};
  CHECK(reader.array(9) == 9);
  CHECK(reader.number() == 300);
  CHECK(reader.boolean());
  CHECK(reader.skip_nil());
  CHECK(reader.text(10) == "a\xc3\xa4");
  const ByteView bytes = reader.bytes(3);
  CHECK(to_hex(bytes) == "010203");
  CHECK(bytes.data() >= input.data());  // not a copy
  CHECK(bytes.data() < input.data() + input.size());
  CHECK(reader.amount() == Amount::btt(5));
  CHECK(reader.address() == Address{});
  CHECK(reader.signature() == some_signature());
  CHECK(reader.array(2) == 2);
  CHECK(reader.bytes32<struct SaltTag>() == Salt{});
  CHECK(reader.array(0) == 0);
  CHECK(reader.ok());
  CHECK(reader.finish().has_value());
}

TEST_CASE("pack: a message cut anywhere is truncated, and one with more is trailing") {
  const Bytes whole = sample();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    PackReader reader{part};
    read_sample(reader);
    CAPTURE(size);
    // A nil that is missing is not skipped, which shows in the next read.
    CHECK(code_of(reader.finish()) == "pack_truncated");
    CHECK(reader.finish().error().kind == ErrorKind::peer_fault);
  }
  Bytes longer = whole;
  longer.push_back(0);
  PackReader reader{longer};
  read_sample(reader);
  CHECK(code_of(reader.finish()) == "pack_trailing");
}

TEST_CASE("pack: numbers take their shortest form") {
  CHECK(packed(0) == "00");
  CHECK(packed(0x7f) == "7f");
  CHECK(packed(0x80) == "cc80");
  CHECK(packed(0xff) == "ccff");
  CHECK(packed(0x100) == "cd0100");
  CHECK(packed(0xffff) == "cdffff");
  CHECK(packed(0x10000) == "ce00010000");
  CHECK(packed(0xffffffff) == "ceffffffff");
  CHECK(packed(0x100000000) == "cf0000000100000000");
  CHECK(packed(UINT64_MAX) == "cfffffffffffffffff");
  for (unsigned bit = 0; bit < 64; ++bit) CHECK(number_of(packed(std::uint64_t{1} << bit)) == std::uint64_t{1} << bit);
}

TEST_CASE("pack: longer forms of a number and signed forms from 0 are understood") {
  for (const char* seven :
       {"07", "cc07", "cd0007", "ce00000007", "cf0000000000000007", "d007", "d10007", "d200000007", "d30000000000000007"}) {
    CAPTURE(seven);
    CHECK(number_of(seven) == 7);
  }
}

TEST_CASE("pack: headers of texts, byte strings and arrays are those of the specification") {
  CHECK(to_hex(PackWriter{}.text("ab").view()) == "a26162");
  CHECK(to_hex(PackWriter{}.text("").view()) == "a0");
  CHECK(to_hex(PackWriter{}.text(std::string(32, 'a')).view()).substr(0, 4) == "d920");
  CHECK(to_hex(PackWriter{}.bytes({}).view()) == "c400");
  CHECK(to_hex(PackWriter{}.bytes_header(255).view()) == "c4ff");
  CHECK(to_hex(PackWriter{}.bytes_header(256).view()) == "c50100");
  CHECK(to_hex(PackWriter{}.bytes_header(262'144).view()) == "c600040000");
  CHECK(to_hex(PackWriter{}.array(15).view()) == "9f");
  CHECK(to_hex(PackWriter{}.array(16).view()) == "dc0010");
  CHECK(to_hex(PackWriter{}.array(65'536).view()) == "dd00010000");
  CHECK(to_hex(PackWriter{}.nil().boolean(false).boolean(true).view()) == "c0c2c3");
  CHECK(to_hex(PackWriter{}.amount(Amount::from_units(1)).view()) == "c41000000000000000000000000000000001");
}

TEST_CASE("pack: bytes after a header written apart are read as one value") {
  Bytes message = PackWriter{}.array(1).bytes_header(3).take();
  message.insert(message.end(), {7, 8, 9});
  PackReader reader{message};
  reader.array_of(1);
  CHECK(to_hex(reader.bytes(3)) == "070809");
  CHECK(reader.finish().has_value());
}

TEST_CASE("pack: kinds that Ferry does not use are refused") {
  for (const char* bad : {"ff", "d0ff", "d1ffff", "d2ffffffff", "d3ffffffffffffffff", "ca00000000", "cb0000000000000000", "80", "810101",
                          "de0000", "df00000000", "d40100", "c7000000", "c1"}) {
    CAPTURE(bad);
    CHECK(number_code(bad) == "pack_type");
  }
}

TEST_CASE("pack: a value of another kind is refused") {
  CHECK(number_code("c3") == "pack_type");
  CHECK(number_code("c0") == "pack_type");
  CHECK(number_code("90") == "pack_type");
  CHECK(code_after("01", [](PackReader& r) { r.boolean(); }) == "pack_type");
  CHECK(code_after("a161", [](PackReader& r) { r.bytes(5); }) == "pack_type");
  CHECK(code_after("c40161", [](PackReader& r) { r.text(5); }) == "pack_type");
  CHECK(code_after("01", [](PackReader& r) { r.array(5); }) == "pack_type");
}

TEST_CASE("pack: what is above its limit is refused") {
  CHECK(code_after("64", [](PackReader& r) { r.number(100); }) == "ok");
  CHECK(code_after("65", [](PackReader& r) { r.number(100); }) == "pack_limit");
  CHECK(code_after("a3616263", [](PackReader& r) { r.text(3); }) == "ok");
  CHECK(code_after("a3616263", [](PackReader& r) { r.text(2); }) == "pack_limit");
  CHECK(code_after("c403616263", [](PackReader& r) { r.bytes(2); }) == "pack_limit");
  CHECK(code_after("920101", [](PackReader& r) { r.array(1); }) == "pack_limit");
}

TEST_CASE("pack: a claimed length or count is never believed") {
  const auto read_array = [](PackReader& r) { CHECK(r.array(UINT32_MAX) == 0); };
  CHECK(code_after("ddffffffff", read_array) == "pack_limit");
  CHECK(code_after("dd00010001", read_array) == "pack_limit");
  CHECK(code_after("dd00010000", read_array) == "pack_truncated");
  CHECK(code_after("dcffff", read_array) == "pack_truncated");
  CHECK(code_after("c6ffffffff00", [](PackReader& r) { r.bytes(UINT32_MAX); }) == "pack_truncated");
  CHECK(code_after("dbffffffff00", [](PackReader& r) { r.text(UINT32_MAX); }) == "pack_truncated");
}

TEST_CASE("pack: values must have their exact size and meaning") {
  const std::string fifteen = "c40f" + std::string(30, '0');
  const std::string seventeen = "c411" + std::string(34, '0');
  CHECK(code_after(fifteen, [](PackReader& r) { CHECK(r.amount() == Amount::zero()); }) == "pack_value");
  CHECK(code_after(seventeen, [](PackReader& r) { r.amount(); }) == "pack_limit");
  CHECK(code_after(fifteen, [](PackReader& r) { r.address(); }) == "pack_value");
  CHECK(code_after(fifteen, [](PackReader& r) { r.bytes32<struct SaltTag>(); }) == "pack_value");
  CHECK(code_after("c441" + std::string(130, '0'), [](PackReader& r) { r.signature(); }) == "pack_value");
  CHECK(code_after("a3610062", [](PackReader& r) { CHECK(r.text(10).empty()); }) == "pack_value");
  CHECK(code_after("920102", [](PackReader& r) { r.array_of(3); }) == "pack_value");
}

TEST_CASE("pack: nesting stops at six") {
  const auto dig = [](int depth) {
    return [depth](PackReader& r) {
      for (int i = 0; i < depth; ++i) r.array_of(i + 1 < depth ? 1 : 0);
    };
  };
  CHECK(code_after("919191919190", dig(6)) == "ok");
  CHECK(code_after("91919191919190", dig(7)) == "pack_limit");
}

TEST_CASE("pack: finished arrays do not count towards the depth") {
  const auto read = [](PackReader& r) {
    r.array_of(8);
    for (int i = 0; i < 8; ++i) {
      r.array_of(1);
      r.array_of(0);
    }
  };
  CHECK(code_after("98"
                   "9190"
                   "9190"
                   "9190"
                   "9190"
                   "9190"
                   "9190"
                   "9190"
                   "9190",
                   read) == "ok");
}

TEST_CASE("pack: nil is skipped only if it is there") {
  const auto read = [](PackReader& r) {
    r.array_of(3);
    CHECK_FALSE(r.skip_nil());
    CHECK(r.number() == 5);
    CHECK(r.skip_nil());
    CHECK_FALSE(r.skip_nil());
    CHECK(r.boolean());
    CHECK_FALSE(r.skip_nil());
  };
  CHECK(code_after("9305c0c3", read) == "ok");
}

TEST_CASE("pack: the first error stays, and reads after it give nothing") {
  const Bytes input = packed("9301c307");
  PackReader reader{input};
  reader.array_of(3);
  CHECK(reader.text(5).empty());
  CHECK_FALSE(reader.ok());
  CHECK_FALSE(reader.boolean());
  CHECK(reader.number() == 0);
  CHECK(reader.array(9) == 0);
  CHECK(reader.bytes(9).empty());
  CHECK_FALSE(reader.skip_nil());
  reader.fail_value("later");
  CHECK(code_of(reader.finish()) == "pack_type");
}

TEST_CASE("pack: a decoder may complain itself") {
  const Bytes input = packed("01");
  PackReader reader{input};
  reader.number();
  reader.fail_value("one is not allowed today");
  CHECK(reader.finish().error() == peer_fault("pack_value", "one is not allowed today"));
}

TEST_CASE("pack: a decoder that reads too little or too much is told") {
  CHECK(code_after("920102", [](PackReader& r) { r.array(2); }) == "pack_trailing");
  CHECK(code_after("920102", [](PackReader& r) {
          r.array(2);
          r.number();
        }) == "pack_trailing");
  CHECK(code_after("0102", [](PackReader& r) { r.number(); }) == "pack_trailing");
  CHECK(code_after("9101", [](PackReader& r) {
          r.array(1);
          r.number();
          r.number();
        }) == "pack_truncated");
  CHECK(code_after("910102", [](PackReader& r) {
          r.array(1);
          r.number();
          r.number();
        }) == "pack_truncated");
  CHECK(code_after("", [](PackReader&) {}) == "pack_truncated");
}

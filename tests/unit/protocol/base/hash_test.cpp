#include "protocol/base/hash.hpp"

#include <cryptopp/keccak.h>
#include <cryptopp/sha.h>
#include <doctest/doctest.h>

#include <random>
#include <thread>

using namespace ferry::base;

namespace {

/// One more than four Keccak blocks, so that every way to end a block occurs.
constexpr std::size_t kLongest = 4 * 136 + 1;

Bytes random_bytes(std::size_t size) {
  std::mt19937_64 random{size};
  Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

template <typename Algorithm>
Hash256 by_cryptopp(ByteView bytes) {
  Algorithm algorithm;
  algorithm.Update(bytes.data(), bytes.size());
  Hash256 out;
  algorithm.Final(out.data.data());
  return out;
}

std::string keccak_of(std::string_view text) { return keccak256(bytes_of(text)).hex(); }
std::string sha_of(std::string_view text) { return sha256(bytes_of(text)).hex(); }

}  // namespace

TEST_CASE("keccak: published vectors") {
  CHECK(keccak_of("") == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(keccak_of("abc") == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  CHECK(keccak_of("\xcc") == "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
  CHECK(keccak_of("The quick brown fox jumps over the lazy dog") == "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
  CHECK(keccak_of("The quick brown fox jumps over the lazy dog.") == "578951e24efd62a3d63a86f7cd19aaa53c898fe287d2552133220370240b572d");
}

TEST_CASE("keccak: it is not SHA3-256, whose padding differs") {
  CHECK(keccak_of("") != "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
}

TEST_CASE("keccak: every length up to four blocks agrees with Crypto++") {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    const Bytes bytes = random_bytes(size);
    CAPTURE(size);
    CHECK(keccak256(bytes) == by_cryptopp<CryptoPP::Keccak_256>(bytes));
  }
}

TEST_CASE("sha256: vectors of FIPS 180") {
  CHECK(sha_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha_of(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: one shot, two views and pieces give the same for every cut") {
  const Bytes bytes = random_bytes(200);
  const Hash256 whole = by_cryptopp<CryptoPP::SHA256>(bytes);
  CHECK(sha256(bytes) == whole);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const ByteView head = ByteView{bytes}.first(cut);
    const ByteView tail = ByteView{bytes}.subspan(cut);
    CHECK(sha256(head, tail) == whole);
    Sha256 pieces;
    pieces.update(head);
    pieces.update(tail);
    CHECK(pieces.finish() == whole);
  }
}

TEST_CASE("sha256: an incremental one goes on after it was moved, and one-shot hashes do not disturb it") {
  Sha256 first;
  first.update(bytes_of("a"));
  CHECK(sha_of("x") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  Sha256 second{std::move(first)};
  second.update(bytes_of("b"));
  Sha256 third;
  third = std::move(second);
  third.update(bytes_of("c"));
  CHECK(third.finish().hex() == sha_of("abc"));
}

TEST_CASE("sha256: threads do not share their state") {
  const Bytes bytes = random_bytes(100'000);
  const Hash256 expected = sha256(bytes);
  int wrong = 0;
  std::thread other{[&] {
    for (int i = 0; i < 50; ++i) wrong += sha256(bytes) == expected ? 0 : 1;
  }};
  int wrong_here = 0;
  for (int i = 0; i < 50; ++i) wrong_here += sha256(bytes) == expected ? 0 : 1;
  other.join();
  CHECK(wrong == 0);
  CHECK(wrong_here == 0);
}

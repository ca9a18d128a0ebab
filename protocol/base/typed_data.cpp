#include "protocol/base/typed_data.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "protocol/base/hash.hpp"

namespace ferry::base {
namespace {

constexpr std::size_t kWord = 32;
constexpr std::size_t kUsualMembers = 10;  ///< with the type hash; a longer struct only costs another allocation

}  // namespace

Hash256 type_hash(std::string_view encoded_type) { return keccak256(bytes_of(encoded_type)); }

Hash256 domain_separator(const Domain& domain) {
  static const Hash256 type = type_hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  static const Hash256 name = keccak256(bytes_of("x402 Batch Settlement"));
  static const Hash256 version = keccak256(bytes_of("1"));
  return StructHash{type}.word(name.view()).word(version.view()).number(domain.chain_id).address(domain.verifying_contract).finish();
}

StructHash::StructHash(const Hash256& type) {
  words_.reserve(kUsualMembers * kWord);
  word(type.view());
}

StructHash& StructHash::word(ByteView bytes32) {
  if (bytes32.size() != kWord) {  // going on would sign something else than meant
    std::fputs("ferry: a member of typed data must be 32 bytes\n", stderr);
    std::abort();
  }
  words_.insert(words_.end(), bytes32.begin(), bytes32.end());
  return *this;
}

StructHash& StructHash::address(const Address& value) {
  std::array<std::uint8_t, kWord> padded{};
  std::copy(value.data.begin(), value.data.end(), padded.begin() + 12);
  return word(padded);
}

StructHash& StructHash::number(std::uint64_t value) { return amount(Amount::from_units(value)); }

StructHash& StructHash::amount(Amount value) {
  const auto bytes = value.to_bytes();
  std::array<std::uint8_t, kWord> padded{};
  std::copy(bytes.begin(), bytes.end(), padded.begin() + 16);
  return word(padded);
}

Hash256 StructHash::finish() const { return keccak256(words_); }

Digest typed_digest(const Hash256& domain_separator, const Hash256& struct_hash) {
  std::array<std::uint8_t, 2 + 2 * kWord> message{0x19, 0x01};
  std::copy(domain_separator.data.begin(), domain_separator.data.end(), message.begin() + 2);
  std::copy(struct_hash.data.begin(), struct_hash.data.end(), message.begin() + 2 + kWord);
  return Digest{keccak256(message).data};
}

}  // namespace ferry::base

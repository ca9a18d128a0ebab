#include "channels/chain/evm/abi_words.hpp"

#include <algorithm>
#include <cstdlib>

#include "protocol/base/hash.hpp"

namespace ferry::chain::evm {
namespace {

using base::Amount;
using base::Bytes;
using base::ByteView;

constexpr std::array<std::uint8_t, kWord> kZeros{};

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

void append_right(Bytes& out, ByteView value) {
  out.insert(out.end(), kWord - value.size(), 0);
  out.insert(out.end(), value.begin(), value.end());
}

}  // namespace

Selector selector_of(std::string_view signature) {
  const auto hash = base::keccak256(base::bytes_of(signature));
  Selector selector{};
  std::copy_n(hash.data.begin(), selector.size(), selector.begin());
  return selector;
}

AbiWriter::AbiWriter(std::string_view signature) {
  const auto selector = selector_of(signature);
  bytes_.assign(selector.begin(), selector.end());
  skipped_ = selector.size();
}

AbiWriter& AbiWriter::address(const base::Address& value) {
  append_right(bytes_, value.view());
  return *this;
}

AbiWriter& AbiWriter::number(std::uint64_t value) { return amount(Amount::from_units(value)); }

AbiWriter& AbiWriter::amount(Amount value) {
  append_right(bytes_, value.to_bytes());
  return *this;
}

AbiWriter& AbiWriter::word(ByteView bytes32) {
  if (bytes32.size() != kWord) std::abort();
  bytes_.insert(bytes_.end(), bytes32.begin(), bytes32.end());
  return *this;
}

AbiWriter& AbiWriter::text(ByteView bytes) {
  number(bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  const std::size_t over = bytes.size() % kWord;
  if (over != 0) bytes_.insert(bytes_.end(), kWord - over, 0);
  return *this;
}

AbiWriter& AbiWriter::append(const AbiWriter& other) {
  const ByteView words = ByteView{other.bytes_}.subspan(other.skipped_);
  bytes_.insert(bytes_.end(), words.begin(), words.end());
  return *this;
}

ByteView AbiReader::take() {
  if (failed_ || rest_.size() < kWord) {
    failed_ = true;
    return kZeros;
  }
  const auto word = rest_.first(kWord);
  rest_ = rest_.subspan(kWord);
  return word;
}

ByteView AbiReader::low(std::size_t count) {
  const auto word = take();
  if (!all_zero(word.first(kWord - count))) failed_ = true;
  return word.last(count);
}

base::Address AbiReader::address() { return base::Address::from(low(20)).value_or(base::Address{}); }

std::uint64_t AbiReader::number() {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : low(8)) value = (value << 8U) | byte;
  return value;
}

Amount AbiReader::amount() { return Amount::from_bytes(low(16)).value_or(Amount::zero()); }

Amount AbiReader::amount_or_most() {
  const auto word = take();
  if (!all_zero(word.first(16))) return Amount::max();
  return Amount::from_bytes(word.last(16)).value_or(Amount::zero());
}

bool AbiReader::boolean() {
  const auto value = low(1).front();
  if (value > 1) failed_ = true;
  return value == 1;
}

base::Result<void> AbiReader::finish() const {
  if (failed_ || !rest_.empty()) {
    return base::fail(base::peer_fault("abi", "the contract's words are not what its interface says: is this the channel contract?"));
  }
  return {};
}

}  // namespace ferry::chain::evm

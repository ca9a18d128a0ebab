#include "channels/chain/evm/rlp.hpp"

#include <array>
#include <optional>

namespace ferry::chain::evm {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr std::uint8_t kString = 0x80, kList = 0xc0;
constexpr std::size_t kShort = 55;  // longer contents have their length written beside the first byte

ByteView without_leading_zeros(ByteView bytes) {
  while (!bytes.empty() && bytes.front() == 0) bytes = bytes.subspan(1);
  return bytes;
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_head(Bytes& out, std::uint8_t kind, std::size_t length) {
  if (length <= kShort) {
    out.push_back(static_cast<std::uint8_t>(kind + length));
    return;
  }
  const auto written = base::Amount::from_units(length).to_bytes();
  const auto digits = without_leading_zeros(written);
  out.push_back(static_cast<std::uint8_t>(kind + kShort + digits.size()));
  append(out, digits);
}

base::Unexpected no_rlp(const char* what) { return base::fail(base::peer_fault("rlp", std::string{"this is no RLP of a transaction: "} + what)); }

/// Takes one head of `kind` and its contents off `rest`.
Result<ByteView> take(ByteView& rest, std::uint8_t kind) {
  if (rest.empty()) return no_rlp("it ends too early");
  const std::uint8_t first = rest.front();
  if (kind == kString && first < kString) {
    const auto content = rest.first(1);
    rest = rest.subspan(1);
    return content;
  }
  if (first < kind || (kind == kString && first >= kList)) return no_rlp("a string or list is not where it should be");
  rest = rest.subspan(1);
  std::size_t length = first - kind;
  if (length > kShort) {
    const std::size_t digits = length - kShort;
    if (digits > 4 || digits > rest.size()) return no_rlp("a length is too long");
    if (rest.front() == 0) return no_rlp("a length has leading zeros");
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) length = (length << 8U) | rest[i];
    if (length <= kShort) return no_rlp("a length is not in its shortest form");
    rest = rest.subspan(digits);
  }
  if (length > rest.size()) return no_rlp("it ends too early");
  const auto content = rest.first(length);
  if (kind == kString && length == 1 && content.front() < kString) return no_rlp("a byte is not in its shortest form");
  rest = rest.subspan(length);
  return content;
}

}  // namespace

RlpWriter& RlpWriter::bytes(ByteView value) {
  if (value.size() != 1 || value.front() >= kString) append_head(payload_, kString, value.size());
  append(payload_, value);
  return *this;
}

RlpWriter& RlpWriter::number(base::Amount::Raw value) {
  const auto written = base::Amount::from_units(value).to_bytes();
  return wide_number(written);
}

RlpWriter& RlpWriter::wide_number(ByteView big_endian) { return bytes(without_leading_zeros(big_endian)); }

Bytes RlpWriter::finish() const {
  Bytes out;
  out.reserve(payload_.size() + 5);
  append_head(out, kList, payload_.size());
  append(out, payload_);
  return out;
}

Result<std::vector<ByteView>> read_rlp_list(ByteView bytes, std::size_t max_items) {
  FERRY_TRY(ByteView rest, take(bytes, kList));
  if (!bytes.empty()) return no_rlp("something follows it");
  std::vector<ByteView> items;
  while (!rest.empty()) {
    if (items.size() == max_items) return no_rlp("it has too many members");
    FERRY_TRY(const auto item, take(rest, kString));
    items.push_back(item);
  }
  return items;
}

Result<base::Amount::Raw> read_rlp_number(ByteView item) {
  if (item.size() > 16) return no_rlp("a number has more than 128 bits");
  if (!item.empty() && item.front() == 0) return no_rlp("a number has leading zeros");
  base::Amount::Raw value = 0;
  for (const std::uint8_t byte : item) value = (value << 8U) | byte;
  return value;
}

}  // namespace ferry::chain::evm

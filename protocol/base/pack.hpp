#pragma once
// Strict MessagePack for what Ferry signs, sends and journals: flat arrays of integers, byte strings, texts and nested arrays. Every read
// names its limit; nothing is allocated from a length that a peer claims. Wraps msgpack-cxx, which stays hidden in pack.cpp.
// Source: the MessagePack specification.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

/// Appends MessagePack to a growing buffer. Integers take their shortest form, so equal values give equal bytes.
class PackWriter {
 public:
  PackWriter& array(std::uint32_t count);
  PackWriter& number(std::uint64_t value);
  PackWriter& boolean(bool value);
  PackWriter& nil();
  PackWriter& text(std::string_view value);
  PackWriter& bytes(ByteView value);
  PackWriter& amount(Amount value);  ///< bin of 16
  PackWriter& address(const Address& value) { return bytes(value.view()); }
  PackWriter& signature(const Signature& value) { return bytes(value.view()); }
  template <typename Tag>
  PackWriter& bytes32(const Bytes32<Tag>& value) { return bytes(value.view()); }
  /// Only the header of a byte string of `size`; its bytes follow from elsewhere (a chunk's payload is not copied).
  PackWriter& bytes_header(std::uint32_t size);

  ByteView view() const { return ByteView{buffer_}; }
  Bytes take() { return std::move(buffer_); }

 private:
  Bytes buffer_;
};

/// Reads one MessagePack value (normally an array) in document order, depth first: entering an array is a read of its count. Views point
/// into the input: it must outlive them. After the first error every read fails with that error, so a decoder may read all fields and
/// check once with finish(). Errors: peer_fault "pack_truncated", "pack_type", "pack_limit", "pack_trailing", "pack_value".
/// Limits: nesting 6 deep, arrays of at most 65,536 elements, whatever the caller asks for below that.
class PackReader {
 public:
  explicit PackReader(ByteView input);
  ~PackReader();
  PackReader(const PackReader&) = delete;
  PackReader& operator=(const PackReader&) = delete;

  /// The number of elements that follow; fails above `limit` and above the number of bytes left, so that it may be reserved for.
  std::uint32_t array(std::uint32_t limit);
  /// An array of exactly `count` elements.
  void array_of(std::uint32_t count);
  /// Above `max` is "pack_limit", a negative number "pack_type".
  std::uint64_t number(std::uint64_t max = UINT64_MAX);
  bool boolean();
  /// True and consumed if the next value is nil; else nothing is consumed.
  bool skip_nil();
  std::string text(std::size_t limit);  ///< UTF-8 is not checked; NUL is refused
  ByteView bytes(std::size_t limit);
  Amount amount();
  Address address();
  Signature signature();  ///< strict, see Signature::from
  template <typename Tag>
  Bytes32<Tag> bytes32() {
    const auto value = Bytes32<Tag>::from(bytes(32));
    if (!value) fail_value("32 bytes were expected");
    return value.value_or(Bytes32<Tag>{});
  }

  bool ok() const;
  /// A decoder's own complaint about a value, in the same manner.
  void fail_value(std::string message);
  /// Ok when nothing failed and every value was read.
  Result<void> finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ferry::base

#pragma once
// FieldReader: reads a message's fields one after another and keeps the first complaint, so that a decoder checks once at its end.
// Internal to the codec.

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/pack.hpp"
#include "protocol/wire/message_fields.hpp"

namespace ferry::wire {

class FieldReader {
 public:
  static constexpr bool kReads = true;

  /// `owner` is what a payload will hold on to.
  FieldReader(base::ByteView message, std::shared_ptr<const void> owner) : reader_(message), owner_(std::move(owner)) {}

  /// The message's type number; its elements are counted when its fields are read.
  base::Result<std::uint64_t> type();

  /// The whole message, whose type was just read.
  template <typename Any, typename Message>
  base::Result<Any> read() {
    Message message;
    if (elements_ != element_count<Message>()) refuse("the message has more or fewer fields than its type");
    walk(*this, message);
    FERRY_CHECK(finish());
    return Any{std::move(message)};
  }

  template <typename Number>
  void operator()(Number& value, std::uint64_t max)
    requires std::is_unsigned_v<Number>;
  template <typename Number>
  void operator()(Number& value)
    requires std::is_unsigned_v<Number>;
  template <typename Number>
  void operator()(Number& value, NonZero rule)
    requires std::is_unsigned_v<Number>;
  void operator()(bool& value) { value = reader_.boolean(); }
  void operator()(base::StreamId& value);
  void operator()(base::ChunkIndex& value) { (*this)(value.value, kMaxChunkIndex); }
  void operator()(base::Amount& value) { value = reader_.amount(); }
  void operator()(base::Address& value) { value = reader_.address(); }
  void operator()(base::Signature& value);
  void operator()(base::Time& value);
  void operator()(StreamKind& value);
  void operator()(base::ErrorKind& value);
  void operator()(std::string& value, Label printable);
  void operator()(std::string& value, std::size_t limit) { value = reader_.text(limit); }
  void operator()(base::Bytes& value, std::size_t limit);
  template <typename Tag>
  void operator()(base::Bytes32<Tag>& value) {
    value = reader_.bytes32<Tag>();
  }
  void operator()(std::vector<std::uint32_t>& versions);
  void operator()(HeaderList& headers);
  void operator()(std::vector<base::Bytes>& descriptors);
  void operator()(std::vector<base::Hash256>& hashes);
  void operator()(std::optional<base::Signature>& signature);
  void operator()(std::optional<PriceLimit>& limit);
  void operator()(std::optional<TunnelLimit>& limit);
  void operator()(Payload& payload);

 private:
  void refuse(std::string message);
  /// What was complained about so far.
  base::Result<void> finish() const;

  base::PackReader reader_;
  std::shared_ptr<const void> owner_;
  std::uint32_t elements_ = 0;
  std::optional<base::Error> complaint_;
};

template <typename Number>
void FieldReader::operator()(Number& value, std::uint64_t max)
  requires std::is_unsigned_v<Number>
{
  const std::uint64_t read = reader_.number();
  if (read > max) refuse("a number is above " + std::to_string(max));
  value = static_cast<Number>(read);
}

template <typename Number>
void FieldReader::operator()(Number& value)
  requires std::is_unsigned_v<Number>
{
  (*this)(value, static_cast<std::uint64_t>(std::numeric_limits<Number>::max()));
}

template <typename Number>
void FieldReader::operator()(Number& value, NonZero rule)
  requires std::is_unsigned_v<Number>
{
  (*this)(value, rule.max);
  if (value == 0) refuse("a number that counts from 1 is 0");
}

}  // namespace ferry::wire

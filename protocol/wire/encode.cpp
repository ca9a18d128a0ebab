#include <concepts>

#include "protocol/base/pack.hpp"
#include "protocol/wire/message_fields.hpp"

namespace ferry::wire {
namespace {

/// Writes one field after another.
class FieldWriter {
 public:
  static constexpr bool kReads = false;

  void operator()(std::uint64_t value) { writer_.number(value); }
  void operator()(std::uint64_t value, std::uint64_t /*max*/) { writer_.number(value); }
  void operator()(std::uint64_t value, NonZero /*max*/) { writer_.number(value); }
  void operator()(std::same_as<bool> auto value) { writer_.boolean(value); }
  void operator()(base::StreamId value) { writer_.number(value.value); }
  void operator()(base::ChunkIndex value) { writer_.number(value.value); }
  void operator()(base::Amount value) { writer_.amount(value); }
  void operator()(const base::Address& value) { writer_.address(value); }
  void operator()(const base::Signature& value) { writer_.signature(value); }
  void operator()(base::Time value) { writer_.number(value.unix_ms < 0 ? 0 : static_cast<std::uint64_t>(value.unix_ms)); }
  void operator()(StreamKind value) { writer_.number(static_cast<std::uint64_t>(value)); }
  void operator()(base::ErrorKind value) { writer_.number(static_cast<std::uint64_t>(value)); }
  void operator()(const std::string& value, Label /*printable*/) { writer_.text(base::printable(value, kMaxText)); }
  void operator()(const std::string& value, std::size_t /*limit*/) { writer_.text(value); }
  void operator()(const base::Bytes& value, std::size_t /*limit*/) { writer_.bytes(value); }
  template <typename Tag>
  void operator()(const base::Bytes32<Tag>& value) {
    writer_.bytes32(value);
  }

  void operator()(const std::vector<std::uint32_t>& versions) {
    writer_.array(static_cast<std::uint32_t>(versions.size()));
    for (const std::uint32_t version : versions) writer_.number(version);
  }
  void operator()(const HeaderList& headers) {
    writer_.array(static_cast<std::uint32_t>(headers.size()));
    for (const auto& [name, value] : headers) writer_.array(2).text(name).text(value);
  }
  void operator()(const std::vector<base::Bytes>& parts) {
    writer_.array(static_cast<std::uint32_t>(parts.size()));
    for (const auto& part : parts) writer_.bytes(part);
  }
  void operator()(const std::vector<base::Hash256>& hashes) {
    base::Bytes joined;
    joined.reserve(hashes.size() * base::Hash256::size());
    for (const auto& hash : hashes) joined.insert(joined.end(), hash.data.begin(), hash.data.end());
    writer_.bytes(joined);
  }
  void operator()(const std::optional<base::Signature>& signature) { signature ? writer_.signature(*signature) : writer_.nil(); }
  void operator()(const std::optional<PriceLimit>& limit) {
    if (!limit) {
      writer_.nil();
      return;
    }
    writer_.array(3).amount(limit->hit_per_mib).amount(limit->miss_per_mib).amount(limit->per_request);
  }
  void operator()(const std::optional<TunnelLimit>& limit) {
    if (!limit) {
      writer_.nil();
      return;
    }
    writer_.array(3).amount(limit->down_per_mib).amount(limit->up_per_mib).amount(limit->per_request);
  }
  /// Only the header of the byte string: its content is sent from where it lies.
  void operator()(const Payload& payload) {
    writer_.bytes_header(static_cast<std::uint32_t>(payload.bytes.size()));
    payload_ = payload;
  }

  template <typename Message>
  OutMessage write(const Message& message) {
    writer_.array(element_count<Message>()).number(static_cast<std::uint64_t>(kTypeOf<Message>));
    walk(*this, message);
    return OutMessage{writer_.take(), std::move(payload_)};
  }

 private:
  base::PackWriter writer_;
  Payload payload_;
};

template <typename Variant>
OutMessage encode_any(const Variant& message) {
  return std::visit([](const auto& m) { return FieldWriter{}.write(m); }, message);
}

}  // namespace

OutMessage encode(const ToRelay& message) { return encode_any(message); }
OutMessage encode(const ToClient& message) { return encode_any(message); }

}  // namespace ferry::wire

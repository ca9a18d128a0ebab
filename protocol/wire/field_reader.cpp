#include "protocol/wire/field_reader.hpp"

#include <algorithm>

namespace ferry::wire {
namespace {

/// The largest array of any message (welcome) and room for later ones: a wrong count is then told as such.
constexpr std::uint32_t kMaxElements = 32;
/// The end of the year 9999: no arithmetic on a peer's clock can overflow.
constexpr std::uint64_t kMaxUnixMs = 253'402'300'799'999;

}  // namespace

base::Result<std::uint64_t> FieldReader::type() {
  elements_ = reader_.array(kMaxElements);
  const std::uint64_t type = reader_.number();
  if (!reader_.ok()) return base::fail(reader_.finish().error());
  return type;
}

void FieldReader::refuse(std::string message) {
  if (!complaint_ && reader_.ok()) complaint_ = base::peer_fault("message_field", std::move(message));
}

base::Result<void> FieldReader::finish() const {
  if (complaint_) return base::fail(*complaint_);
  return reader_.finish();
}

void FieldReader::operator()(base::StreamId& value) {
  (*this)(value.value);
  if (value.value == 0) refuse("streams are numbered from 1");
}

void FieldReader::operator()(base::Signature& value) {
  const auto bytes = reader_.bytes(base::Signature::kSize);
  if (bytes.size() != base::Signature::kSize) return refuse("a signature is 65 bytes");
  std::copy(bytes.begin(), bytes.end(), value.data.begin());
}

void FieldReader::operator()(base::Time& value) {
  std::uint64_t unix_ms = 0;
  (*this)(unix_ms, kMaxUnixMs);
  value.unix_ms = static_cast<std::int64_t>(std::min(unix_ms, kMaxUnixMs));
}

void FieldReader::operator()(StreamKind& value) {
  const auto kind = reader_.number();
  constexpr auto kLast = static_cast<std::uint64_t>(StreamKind::witness_once);
  if (kind > kLast) refuse("this kind of request is not known here");
  value = static_cast<StreamKind>(std::min(kind, kLast));
}

void FieldReader::operator()(base::ErrorKind& value) {
  std::uint8_t kind = 0;
  (*this)(kind, static_cast<std::uint64_t>(base::ErrorKind::bug));
  value = static_cast<base::ErrorKind>(std::min(kind, static_cast<std::uint8_t>(base::ErrorKind::bug)));
}

void FieldReader::operator()(std::string& value, Label /*printable*/) { value = base::printable(reader_.text(kMaxText), kMaxText); }

void FieldReader::operator()(base::Bytes& value, std::size_t limit) {
  const auto bytes = reader_.bytes(limit);
  if (bytes.empty()) refuse("a packed part is empty");
  value.assign(bytes.begin(), bytes.end());
}

void FieldReader::operator()(std::vector<std::uint32_t>& versions) {
  const std::uint32_t count = reader_.array(kMaxVersions);
  if (count == 0) refuse("no version is offered");
  versions.resize(count);
  for (auto& version : versions) (*this)(version, NonZero{UINT32_MAX});
}

void FieldReader::operator()(HeaderList& headers) {
  headers.resize(reader_.array(kMaxRequestHeaders));
  for (auto& [name, value] : headers) {
    reader_.array_of(2);
    name = reader_.text(kMaxRequestHeaderBytes);
    value = reader_.text(kMaxRequestHeaderBytes);
  }
}

void FieldReader::operator()(std::vector<base::Bytes>& descriptors) {
  descriptors.resize(reader_.array(kMaxDescriptors));
  for (auto& descriptor : descriptors) (*this)(descriptor, kMaxPackedDescriptor);
}

void FieldReader::operator()(std::vector<base::Hash256>& hashes) {
  constexpr std::size_t kSize = base::Hash256::size();
  const auto bytes = reader_.bytes(kMaxHashesPerMessage * kSize);
  if (bytes.empty() || bytes.size() % kSize != 0) return refuse("hashes are 32 bytes each, and at least one");
  hashes.resize(bytes.size() / kSize);
  for (std::size_t i = 0; i < hashes.size(); ++i) std::copy_n(bytes.data() + i * kSize, kSize, hashes[i].data.begin());
}

void FieldReader::operator()(std::optional<base::Signature>& signature) {
  if (!reader_.skip_nil()) (*this)(signature.emplace());
}

void FieldReader::operator()(std::optional<PriceLimit>& limit) {
  if (reader_.skip_nil()) return;
  reader_.array_of(3);
  auto& read = limit.emplace();
  read.hit_per_mib = reader_.amount();
  read.miss_per_mib = reader_.amount();
  read.per_request = reader_.amount();
}

void FieldReader::operator()(std::optional<TunnelLimit>& limit) {
  if (reader_.skip_nil()) return;
  reader_.array_of(3);
  auto& read = limit.emplace();
  read.down_per_mib = reader_.amount();
  read.up_per_mib = reader_.amount();
  read.per_request = reader_.amount();
}

void FieldReader::operator()(Payload& payload) {
  payload.bytes = reader_.bytes(kMaxChunkPayload);
  if (payload.bytes.empty()) refuse("a payload holds at least one byte");
  payload.owner = owner_;
}

}  // namespace ferry::wire

#include "protocol/discovery/descriptor.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/base/pack.hpp"

namespace ferry::discovery {

namespace {

/// Of the packed form; another number is another form, which this code does not read.
constexpr std::uint64_t kForm = 1;
constexpr std::uint32_t kFields = 17;
/// The last second of the year 9999.
constexpr std::uint64_t kMaxSeconds = 253'402'300'799;

std::uint64_t seconds(base::Time time) { return static_cast<std::uint64_t>(std::max<std::int64_t>(time.unix_seconds(), 0)); }

base::Time read_seconds(base::PackReader& reader) { return base::Time::from_seconds(static_cast<std::int64_t>(reader.number(kMaxSeconds))); }

std::string read_printable(base::PackReader& reader, std::size_t limit) {
  auto text = reader.text(limit);
  if (base::printable(text, limit) != text) reader.fail_value("a text holds what is not printable ASCII");
  return text;
}

Endpoint read_endpoint(base::PackReader& reader) {
  Endpoint endpoint;
  reader.array_of(2);
  const auto text = reader.text(Descriptor::kMaxHost);
  endpoint.port = static_cast<std::uint16_t>(reader.number(UINT16_MAX));
  if (!reader.ok()) return endpoint;
  const auto host = base::Host::parse(text);
  if (!host || host->to_string() != text) {
    reader.fail_value("an endpoint's host is none, or is not written in its canonical form");
    return endpoint;
  }
  if (endpoint.port == 0) reader.fail_value("an endpoint's port is 0");
  endpoint.host = *host;
  return endpoint;
}

std::vector<Endpoint> read_endpoints(base::PackReader& reader) {
  std::vector<Endpoint> endpoints;
  const auto count = reader.array(Descriptor::kMaxEndpoints);
  if (count == 0) reader.fail_value("a relay that is reached nowhere");
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) endpoints.push_back(read_endpoint(reader));
  return endpoints;
}

std::vector<std::uint32_t> read_versions(base::PackReader& reader) {
  std::vector<std::uint32_t> versions;
  const auto count = reader.array(Descriptor::kMaxVersions);
  if (count == 0) reader.fail_value("a relay that speaks no version");
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) versions.push_back(static_cast<std::uint32_t>(reader.number(UINT32_MAX)));
  return versions;
}

}  // namespace

base::Bytes pack(const Descriptor& descriptor) {
  base::PackWriter writer;
  writer.array(kFields).number(kForm).address(descriptor.relay).number(descriptor.sequence);
  writer.number(seconds(descriptor.issued_at)).number(seconds(descriptor.since));
  writer.array(static_cast<std::uint32_t>(descriptor.endpoints.size()));
  for (const auto& [host, port] : descriptor.endpoints) writer.array(2).text(host.to_string()).number(port);
  writer.text(descriptor.family).text(descriptor.contact).text(descriptor.region);
  writer.amount(descriptor.hit_per_mib).amount(descriptor.miss_per_mib).amount(descriptor.tunnel_per_mib);
  writer.bytes32(descriptor.policy_hash);
  writer.array(static_cast<std::uint32_t>(descriptor.versions.size()));
  for (const auto version : descriptor.versions) writer.number(version);
  writer.text(descriptor.software).number(descriptor.capacity).bytes32(descriptor.item_key);
  return writer.take();
}

base::Result<Descriptor> unpack_descriptor(base::ByteView bytes) {
  base::PackReader reader(bytes);
  Descriptor descriptor;
  reader.array_of(kFields);
  if (reader.number() != kForm && reader.ok()) reader.fail_value("a descriptor of a form that is not known here");
  descriptor.relay = reader.address();
  descriptor.sequence = reader.number();
  if (descriptor.sequence == 0 && reader.ok()) reader.fail_value("sequence numbers begin with 1");
  descriptor.issued_at = read_seconds(reader);
  descriptor.since = read_seconds(reader);
  descriptor.endpoints = read_endpoints(reader);
  descriptor.family = read_printable(reader, Descriptor::kMaxFamily);
  descriptor.contact = read_printable(reader, Descriptor::kMaxContact);
  descriptor.region = read_printable(reader, Descriptor::kMaxRegion);
  descriptor.hit_per_mib = reader.amount();
  descriptor.miss_per_mib = reader.amount();
  descriptor.tunnel_per_mib = reader.amount();
  descriptor.policy_hash = reader.bytes32<base::Hash256Tag>();
  descriptor.versions = read_versions(reader);
  descriptor.software = read_printable(reader, Descriptor::kMaxSoftware);
  descriptor.capacity = reader.number();
  descriptor.item_key = reader.bytes32<ItemKeyTag>();
  FERRY_CHECK(reader.finish());
  const auto again = pack(descriptor);
  if (!std::ranges::equal(again, bytes)) return base::fail(base::peer_fault("descriptor_form", "the descriptor is not written in its only form"));
  return descriptor;
}

}  // namespace ferry::discovery

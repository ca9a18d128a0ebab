#include "protocol/discovery/descriptor.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "protocol/base/pack.hpp"
#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

using namespace ferry;
using namespace ferry::discovery;

namespace {

/// What a reader says to a descriptor that was changed before it was packed.
std::string verdict(const std::function<void(Descriptor&)>& change) {
  auto changed = samples::descriptor(1);
  change(changed);
  const auto read = unpack_descriptor(pack(changed));
  return read ? "ok" : read.error().code;
}

Endpoint endpoint_of(const std::string& host, std::uint16_t port) { return {base::Host::parse(host).value(), port}; }

/// The longest that is allowed in every field.
Descriptor longest() {
  auto out = samples::descriptor(1, UINT64_MAX);
  const std::string label(47, 'x');
  out.endpoints.assign(Descriptor::kMaxEndpoints, endpoint_of(label + "." + label + ".abcd", 65'535));
  REQUIRE(out.endpoints.front().host.to_string().size() == Descriptor::kMaxHost);
  out.family.assign(Descriptor::kMaxFamily, 'f');
  out.contact.assign(Descriptor::kMaxContact, 'c');
  out.region.assign(Descriptor::kMaxRegion, 'r');
  out.versions.assign(Descriptor::kMaxVersions, UINT32_MAX);
  out.software.assign(Descriptor::kMaxSoftware, 's');
  out.capacity = UINT64_MAX;
  return out;
}

}  // namespace

TEST_CASE("descriptor: reads back as itself") {
  const auto descriptor = samples::descriptor(1);
  CHECK(unpack_descriptor(pack(descriptor)).value() == descriptor);
}

TEST_CASE("descriptor: at its longest it is within what the DHT takes") {
  const auto longest_descriptor = longest();
  const auto own = samples::signed_by(1, longest_descriptor);
  CHECK(own.bytes().size() <= kMaxSignedDescriptor);
  CHECK(*own == longest_descriptor);
}

TEST_CASE("descriptor: every limit is kept") {
  CHECK(verdict([](auto& d) { d.endpoints.clear(); }) == "pack_value");
  CHECK(verdict([](auto& d) { d.endpoints.assign(Descriptor::kMaxEndpoints + 1, endpoint_of("a.example", 1)); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.endpoints.front().port = 0; }) == "pack_value");
  CHECK(verdict([](auto& d) { d.endpoints.front().host.value = "UPPER.example"; }) == "pack_value");
  CHECK(verdict([](auto& d) { d.endpoints.front().host.value = std::string(Descriptor::kMaxHost + 1, 'x'); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.endpoints.front().host.value = "0x7f.1"; }) == "pack_value");
  CHECK(verdict([](auto& d) { d.family.assign(Descriptor::kMaxFamily + 1, 'f'); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.contact.assign(Descriptor::kMaxContact + 1, 'f'); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.region.assign(Descriptor::kMaxRegion + 1, 'f'); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.software.assign(Descriptor::kMaxSoftware + 1, 'f'); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.contact = "a\x1b[31mred"; }) == "pack_value");
  CHECK(verdict([](auto& d) { d.versions.clear(); }) == "pack_value");
  CHECK(verdict([](auto& d) { d.versions.assign(Descriptor::kMaxVersions + 1, 1); }) == "pack_limit");
  CHECK(verdict([](auto& d) { d.sequence = 0; }) == "pack_value");
}

TEST_CASE("descriptor: only one way to write it is taken") {
  auto bytes = pack(samples::descriptor(1));
  CHECK(unpack_descriptor(bytes).has_value());
  // The form's number, 1, in two bytes instead of one.
  base::Bytes longer(bytes.begin(), bytes.begin() + 3);
  REQUIRE(longer == base::Bytes{0xdc, 0x00, 0x11});
  longer.insert(longer.end(), {0xcc, 0x01});
  longer.insert(longer.end(), bytes.begin() + 4, bytes.end());
  CHECK(unpack_descriptor(longer).error().code == "descriptor_form");
  bytes.push_back(0);
  CHECK(unpack_descriptor(bytes).error().code == "pack_trailing");
}

TEST_CASE("descriptor: cut anywhere it is refused") {
  const auto bytes = pack(samples::descriptor(1));
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(unpack_descriptor(base::ByteView{bytes}.first(length)).has_value());
}

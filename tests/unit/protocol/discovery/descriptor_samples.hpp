#pragma once
// Relays and their descriptors for tests: each from one number, so that they are easy to tell apart.

#include "protocol/discovery/signed_descriptor.hpp"

namespace ferry::discovery::samples {

inline constexpr base::Time kNow = base::Time::from_seconds(1'800'000'000);

inline base::SecretKey key(std::uint8_t number) { return base::SecretKey::from_bytes(base::Bytes(32, number)).value(); }

inline Descriptor descriptor(std::uint8_t number, std::uint64_t sequence = 7) {
  Descriptor out;
  out.relay = key(number).address();
  out.sequence = sequence;
  out.issued_at = kNow;
  out.since = kNow - std::chrono::hours(5);
  out.endpoints = {{base::Host::parse("203.0." + std::to_string(number) + ".7").value(), 8443}, {base::Host::parse("relay.example.org").value(), 443}};
  out.family = "example";
  out.contact = "abuse@example.org";
  out.region = "de";
  out.hit_per_mib = base::Amount::btt(100);
  out.miss_per_mib = base::Amount::btt(200);
  out.tunnel_per_mib = base::Amount::btt(150);
  out.policy_hash.data.fill(0x99);
  out.versions = {1};
  out.software = "ferry-relay/0.1.0";
  out.capacity = 20'000;
  out.item_key.data.fill(0x33);
  return out;
}

inline SignedDescriptor signed_by(std::uint8_t number, const Descriptor& descriptor) { return SignedDescriptor::sign(descriptor, key(number)).value(); }
inline SignedDescriptor signed_descriptor(std::uint8_t number, std::uint64_t sequence = 7) { return signed_by(number, descriptor(number, sequence)); }

}  // namespace ferry::discovery::samples

#pragma once
// Descriptor: what a relay says about itself to those who look for relays: who it is, where it is reached, who runs it, what it roughly asks. Made
// by relays, read by clients and by other relays; worth something only in its signed form (signed_descriptor.hpp). docs/discovery.md.

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/base/url.hpp"

namespace ferry::discovery {

/// Where a relay is dialled.
struct Endpoint {
  base::Host host;
  std::uint16_t port = 0;

  /// "host:port", IPv6 in brackets.
  std::string to_string() const { return host.to_string() + ":" + std::to_string(port); }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The Ed25519 public key under which a relay keeps its descriptor in the DHT (BEP 44).
using ItemKey = base::Bytes32<struct ItemKeyTag>;

struct Descriptor {
  // Chosen so that all of them at their longest, signed, stay below kMaxSignedDescriptor.
  static constexpr std::size_t kMaxEndpoints = 3;
  static constexpr std::size_t kMaxHost = 100;
  static constexpr std::size_t kMaxFamily = 64;
  static constexpr std::size_t kMaxContact = 128;
  static constexpr std::size_t kMaxRegion = 16;
  static constexpr std::size_t kMaxVersions = 8;
  static constexpr std::size_t kMaxSoftware = 64;

  base::Address relay;                    ///< whose descriptor it is, and who must have signed it
  std::uint64_t sequence = 0;             ///< of two descriptors of a relay the higher one counts; from 1, never goes back
  base::Time issued_at;                   ///< whole seconds, as every time here
  base::Time since;                       ///< when the relay's process started
  std::vector<Endpoint> endpoints;        ///< at least one; the first is tried first
  std::string family;                     ///< who runs it: relays of one operator say the same; empty: not told
  std::string contact;                    ///< whom to write to; empty: not told
  std::string region;                     ///< the operator's word, "de" or "eu-west"; empty: not told
  base::Amount hit_per_mib;               ///< a hint: only a quote binds
  base::Amount miss_per_mib;
  base::Amount tunnel_per_mib;            ///< towards the client
  base::Hash256 policy_hash;              ///< of its exit policy, as in its welcome
  std::vector<std::uint32_t> versions;    ///< of the protocol; at least one
  std::string software;
  std::uint64_t capacity = 0;             ///< connections that it takes at one time
  ItemKey item_key;                       ///< zero: it is not kept in the DHT

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// MessagePack. Equal descriptors give equal bytes.
base::Bytes pack(const Descriptor& descriptor);
/// Strict: nothing but what pack() writes is taken, every limit above holds, texts are printable ASCII, hosts are in canonical form. Errors: those
/// of PackReader; peer_fault "descriptor_form" (the bytes are not those that pack() gives).
base::Result<Descriptor> unpack_descriptor(base::ByteView bytes);

}  // namespace ferry::discovery

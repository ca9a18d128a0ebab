#include "protocol/discovery/signed_descriptor.hpp"

#include <string_view>
#include <utility>

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"

namespace ferry::discovery {

namespace {

constexpr std::string_view kDomain = "ferry.1 relay descriptor";

}  // namespace

base::Digest descriptor_digest(base::ByteView packed) {
  const auto domain = base::bytes_of(kDomain);
  base::Bytes preimage(domain.begin(), domain.end());
  preimage.insert(preimage.end(), packed.begin(), packed.end());
  return base::Digest{base::keccak256(preimage).data};
}

base::Result<SignedDescriptor> SignedDescriptor::sign(const Descriptor& descriptor, const base::SecretKey& key) {
  const auto packed = pack(descriptor);
  base::PackWriter writer;
  writer.array(2).bytes(packed).signature(key.sign(descriptor_digest(packed)));
  auto own = read(writer.view());
  if (!own) return base::fail(base::bug("descriptor_unfit", "nobody would take this relay's descriptor: " + own.error().message));
  return own;
}

base::Result<SignedDescriptor> SignedDescriptor::read(base::ByteView bytes) {
  if (bytes.size() > kMaxSignedDescriptor) {
    return base::fail(base::peer_fault("pack_limit", "a signed descriptor has at most " + std::to_string(kMaxSignedDescriptor) + " bytes"));
  }
  base::PackReader reader(bytes);
  reader.array_of(2);
  const auto packed = reader.bytes(kMaxSignedDescriptor);
  const auto signature = reader.signature();
  FERRY_CHECK(reader.finish());
  FERRY_TRY(auto descriptor, unpack_descriptor(packed));
  if (const auto signed_by = base::check_signature(descriptor_digest(packed), signature, descriptor.relay); !signed_by) {
    return base::fail(base::peer_fault("descriptor_signature", "the descriptor of " + descriptor.relay.to_eip55() + " was not signed by it"));
  }
  return SignedDescriptor(std::move(descriptor), base::Bytes(bytes.begin(), bytes.end()));
}

base::Result<void> SignedDescriptor::check_current(base::Time now) const {
  if (descriptor_.issued_at > now + kDescriptorAhead) {
    return base::fail(base::refusal("descriptor_ahead", "the descriptor comes from the future: a clock is wrong"));
  }
  if (descriptor_.issued_at + kDescriptorLife < now) return base::fail(base::refusal("descriptor_old", "the descriptor is more than two days old"));
  return {};
}

}  // namespace ferry::discovery

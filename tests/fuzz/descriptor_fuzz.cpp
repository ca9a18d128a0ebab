// Any bytes as a descriptor: what is accepted keeps to every limit and has no other form; a signed one that is accepted is its relay's word, and
// no book takes two of one number.

#include <algorithm>

#include "protocol/discovery/descriptor_book.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using namespace ferry::discovery;
using fuzz::require;

namespace {

const base::SecretKey& fuzz_key() {
  static const base::SecretKey key = base::SecretKey::from_bytes(base::Bytes(32, 1)).value();
  return key;
}

void check_signed(Descriptor descriptor) {
  descriptor.relay = fuzz_key().address();
  const auto own = SignedDescriptor::sign(descriptor, fuzz_key());
  require(own.has_value(), "what can be read can be signed");
  require(own->bytes().size() <= kMaxSignedDescriptor, "a signed descriptor fits into the DHT");
  require(SignedDescriptor::read(own->bytes()) == *own, "a signed descriptor reads back as itself");

  DescriptorBook book(1);
  const auto now = descriptor.issued_at;
  require(book.add(*own, now).has_value(), "a descriptor counts when it is issued");
  descriptor.capacity ^= 1U;
  const auto twin = SignedDescriptor::sign(descriptor, fuzz_key());
  if (twin) require(!book.add(*twin, now).has_value(), "one number names one descriptor");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes(data, size);
  if (const auto whole = SignedDescriptor::read(bytes)) require(std::ranges::equal(whole->bytes(), bytes), "signed bytes are kept as they came");
  const auto descriptor = unpack_descriptor(bytes);
  if (!descriptor) {
    require(descriptor.error().kind == base::ErrorKind::peer_fault, "bad bytes are the peer's fault");
    return 0;
  }
  require(std::ranges::equal(pack(*descriptor), bytes), "a descriptor has one form");
  require(!descriptor->endpoints.empty() && descriptor->endpoints.size() <= Descriptor::kMaxEndpoints, "endpoints keep to their count");
  for (const auto& endpoint : descriptor->endpoints) require(endpoint.port != 0, "an endpoint can be dialled");
  for (const auto* text : {&descriptor->family, &descriptor->contact, &descriptor->region, &descriptor->software}) {
    require(base::printable(*text) == *text, "texts are printable");
  }
  check_signed(*descriptor);
  return 0;
}

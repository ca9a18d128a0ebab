#include "protocol/discovery/signed_descriptor.hpp"

#include <doctest/doctest.h>

#include "protocol/base/pack.hpp"
#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

using namespace ferry;
using namespace ferry::discovery;

TEST_CASE("signed descriptor: what a relay signs is read as its word") {
  const auto own = samples::signed_descriptor(1);
  const auto read = SignedDescriptor::read(own.bytes()).value();
  CHECK(read->relay == samples::key(1).address());
  CHECK(*read == samples::descriptor(1));
  CHECK(read == own);
}

TEST_CASE("signed descriptor: another relay's name cannot be signed for") {
  // A relay that has no key of relay 2 says that it is relay 2.
  const auto packed = pack(samples::descriptor(2));
  base::PackWriter writer;
  writer.array(2).bytes(packed).signature(samples::key(1).sign(descriptor_digest(packed)));
  CHECK(SignedDescriptor::read(writer.view()).error().code == "descriptor_signature");
  CHECK(SignedDescriptor::sign(samples::descriptor(2), samples::key(1)).error().code == "descriptor_unfit");
}

TEST_CASE("signed descriptor: no byte of it can be changed") {
  const auto bytes = samples::signed_descriptor(1).bytes();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] ^= 0x01U;
    CAPTURE(at);
    CHECK_FALSE(SignedDescriptor::read(changed).has_value());
  }
}

TEST_CASE("signed descriptor: what is too long is not looked at") {
  const base::Bytes large(kMaxSignedDescriptor + 1, 0x91);
  CHECK(SignedDescriptor::read(large).error().code == "pack_limit");
}

TEST_CASE("signed descriptor: it counts for two days, and not before its time") {
  const auto own = samples::signed_descriptor(1);
  const auto code = [&own](base::Time now) {
    const auto current = own.check_current(now);
    return current ? "ok" : current.error().code;
  };
  CHECK(code(samples::kNow) == "ok");
  CHECK(code(samples::kNow + kDescriptorLife) == "ok");
  CHECK(code(samples::kNow + kDescriptorLife + base::Duration{1}) == "descriptor_old");
  CHECK(code(samples::kNow - kDescriptorAhead) == "ok");
  CHECK(code(samples::kNow - kDescriptorAhead - base::Duration{1}) == "descriptor_ahead");
}

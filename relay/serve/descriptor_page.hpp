#pragma once
// Where a relay tells who it is to whoever asks over HTTPS: GET /descriptor gives its signed descriptor, and in a header the proof that the key that
// signed it is here: the same proof as in the protocol's welcome, bound to the connection. docs/discovery.md.

namespace ferry::relay {

inline constexpr char kDescriptorPath[] = "/descriptor";
/// The signature of wire::relay_proof_digest(), 65 bytes in hexadecimal.
inline constexpr char kDescriptorProof[] = "Ferry-Proof";

}  // namespace ferry::relay

#pragma once
// SHA-256 (content) and Keccak-256 (Ethereum's hash; not NIST SHA3-256). One-shot and incremental.

#include <memory>

#include "protocol/base/bytes.hpp"

namespace ferry::base {

Hash256 sha256(ByteView bytes);
/// SHA-256 of the two views one after the other.
Hash256 sha256(ByteView first, ByteView second);

/// Incremental SHA-256. Values move; a finished one must not be fed again.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView bytes);
  Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Source: the Keccak submission (padding 0x01), rate 1088.
Hash256 keccak256(ByteView bytes);

}  // namespace ferry::base

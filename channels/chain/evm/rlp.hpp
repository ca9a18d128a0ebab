#pragma once
// RLP, the encoding of Ethereum's transactions, as far as a transaction needs it: one list of byte strings. Pure. Source: the Ethereum yellow
// paper, appendix B.

#include <vector>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain::evm {

/// Writes one list of byte strings.
class RlpWriter {
 public:
  RlpWriter& bytes(base::ByteView value);
  /// Big-endian without leading zeros; zero is the empty string.
  RlpWriter& number(base::Amount::Raw value);
  /// The same for a value of up to 32 bytes, given big-endian (the halves of a signature).
  RlpWriter& wide_number(base::ByteView big_endian);
  base::Bytes finish() const;

 private:
  base::Bytes payload_;
};

/// The strings of one list, and nothing around it. Strict: shortest lengths, no list inside, nothing after it, at most `max_items`.
/// Lifetime: the views are into `bytes`. Errors: peer_fault "rlp".
base::Result<std::vector<base::ByteView>> read_rlp_list(base::ByteView bytes, std::size_t max_items);

/// A number of a transaction: big-endian, no leading zero. Errors: peer_fault "rlp" (also when it takes more than 128 bits).
base::Result<base::Amount::Raw> read_rlp_number(base::ByteView item);

}  // namespace ferry::chain::evm

#pragma once
// search_channels: finds the channels that a payer opened in the contract's logs, for who has lost the journal. Blocks; goes on where it stopped.

#include "channels/chain/evm/log_ranges.hpp"

namespace ferry::chain::evm {

struct ChannelSearch {
  base::Domain domain;
  base::Address payer;
  std::uint64_t from = 0;       ///< block
  std::uint64_t confirmed = 0;  ///< the last block that counts
};

/// At most 256 ranges of blocks or kMaxEvents channels in one call; then FoundChannels::next is the block to go on with. Errors: those of LogRanges;
/// peer_fault "rpc_answer" (a node says what cannot be).
base::Result<FoundChannels> search_channels(LogRanges& ranges, const ChannelSearch& search);

}  // namespace ferry::chain::evm

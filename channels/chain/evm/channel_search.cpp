#include "channels/chain/evm/channel_search.hpp"

#include <string>

namespace ferry::chain::evm {
namespace {

using base::Result;

constexpr int kMaxSearchQuestions = 256;

}  // namespace

Result<FoundChannels> search_channels(LogRanges& ranges, const ChannelSearch& search) {
  FoundChannels found;
  std::uint64_t from = search.from;
  for (int questions = 0; from <= search.confirmed; ++questions) {
    if (questions == kMaxSearchQuestions || found.configs.size() >= kMaxEvents) {
      found.next = from;
      return found;
    }
    const auto ask = [&search](Node& node, std::uint64_t first, std::uint64_t last) {
      return node.created_channels(search.domain.verifying_contract, search.payer, first, last);
    };
    FERRY_TRY(const auto range, ranges.next(from, search.confirmed, ask));
    for (const auto& log : range.logs) {
      auto config = read_created(log, search.domain, search.payer);
      if (!config) return base::fail(base::peer_fault("rpc_answer", "a node says: " + config.error().message));
      found.configs.push_back(*config);
    }
    from = range.to + 1;
  }
  return found;
}

}  // namespace ferry::chain::evm

#include "channels/chain/evm/log_ranges.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ferry::chain::evm {
namespace {

using base::Result;

constexpr std::uint64_t kMaxRange = 16'384;

/// A shorter range may be granted.
bool may_be_too_much(const base::Error& error) {
  constexpr std::array<std::string_view, 3> kCodes{"rpc_refused", "rpc_too_long", "rpc_status"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace

Result<LogRanges::Range> LogRanges::next(std::uint64_t from, std::uint64_t last, const Ask& ask) {
  std::uint64_t to = last;
  {
    const std::lock_guard lock{mutex_};
    to = std::min(to, from + range_ - 1);
    range_ = std::min(range_ * 2, kMaxRange);  // what is too much is taken back below
  }
  for (;;) {
    auto logs = nodes_.agreed<std::vector<Log>>("the contract's events", [&](Node& node) -> Result<std::vector<Log>> {
      auto told = ask(node, from, to);
      if (told || !may_be_too_much(told.error())) return told;
      return base::fail(base::environment("rpc_refused", told.error().message));  // no failure of the node
    });
    if (logs) return Range{std::move(*logs), to};
    if (to == from || logs.error().code != "rpc_refused") return base::fail(std::move(logs).error());
    to = from + (to - from) / 2;
    const std::lock_guard lock{mutex_};
    range_ = to - from + 1;
  }
}

}  // namespace ferry::chain::evm

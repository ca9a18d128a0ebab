#pragma once
// NonceBook: which nonces this process has given out and does not know the fate of, so that no two transactions are signed with the same one.
// Threads: any.

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

#include "protocol/base/address.hpp"

namespace ferry::chain::evm {

class NonceBook {
 public:
  /// The lowest nonce from `pending` on that is not given out; it is given out from now on. `pending`: the account's next, as the chain and
  /// its waiting transactions have it.
  std::uint64_t take(const base::Address& account, std::uint64_t pending);
  /// A transaction that was signed before (by an earlier process) is under way.
  void note(const base::Address& account, std::uint64_t nonce);
  /// Its fate is known, or it will never be sent.
  void release(const base::Address& account, std::uint64_t nonce);

 private:
  std::mutex mutex_;
  std::map<base::Address, std::set<std::uint64_t>> given_;  // under mutex_
};

}  // namespace ferry::chain::evm

#pragma once
// ChannelContract: the check that a node is on the right chain and knows the right contract, and what that contract is. Made before a node is
// believed in anything, and again after it has failed. Threads: any.

#include <cstdint>
#include <mutex>
#include <optional>

#include "channels/chain/evm/contract_calls.hpp"
#include "channels/chain/evm/node.hpp"

namespace ferry::chain::evm {

class ChannelContract {
 public:
  struct Expected {
    base::Address contract, token;
    std::optional<std::uint64_t> chain_id;   ///< otherwise the first node's counts for all
    std::optional<base::Hash256> code_hash;  ///< the same
  };
  struct Identity {
    base::Domain domain;
    base::Hash256 separator;
    base::Hash256 code_hash;
    Deployment deployment;
    friend bool operator==(const Identity& a, const Identity& b) {
      return a.domain == b.domain && a.code_hash == b.code_hash && a.deployment.token_is_native == b.deployment.token_is_native;
    }
  };

  explicit ChannelContract(const Expected& expected) : expected_(expected) {}

  /// Errors besides the node's: refusals "chain_wrong", "contract_missing", "contract_wrong_code", "contract_other_domain" (it checks signatures
  /// for another domain than Ferry signs for), "token_missing"; environment "chain_disagrees" (another node told otherwise).
  base::Result<void> check(Node& node);
  /// nullopt: no node has passed yet.
  std::optional<Identity> identity() const;

 private:
  base::Result<Identity> learn(Node& node) const;

  const Expected expected_;
  mutable std::mutex mutex_;
  std::optional<Identity> identity_;  // under mutex_
};

}  // namespace ferry::chain::evm

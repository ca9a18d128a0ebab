#pragma once
// The chain that tests/integration/test_evm_backend.py has started, and backends that look at it. Blocks are made only when a test says so,
// or when a backend waits: its pause makes one, and its clock goes on by a second.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "channels/chain/evm/evm_backend.hpp"
#include "tests/unit/channels/chain/people.hpp"

namespace ferry::chain::evm::test {

using chain::test::channel_of;
using chain::test::key_of;
using chain::test::People;
using chain::test::row_of;
using chain::test::units;

class EvmChain {
 public:
  EvmChain();

  std::string node_url, proxy_url;
  base::Address contract, erc20;
  base::Hash256 code_hash;
  People people;

  /// A backend that asks these nodes ("node", "proxy"); `token` is the chain's own coin if not given.
  std::unique_ptr<EvmBackend> backend(const std::vector<std::string>& nodes = {"node"}, std::uint64_t confirmations = 3);
  std::unique_ptr<EvmBackend> token_backend();
  /// For what a URL says besides.
  EvmUrl url_of(const std::vector<std::string>& nodes, std::uint64_t confirmations) const;
  std::unique_ptr<EvmBackend> backend_of(const EvmUrl& url);

  nlohmann::json ask(const std::string& method, nlohmann::json params = nlohmann::json::array());
  void set_proxy(const std::string& mode);
  void mine(std::uint64_t blocks = 1);
  std::uint64_t head();
  void pass_time(std::uint64_t seconds);
  /// The balance is exactly this afterwards.
  void give(const base::Address& account, base::Amount amount);
  base::Amount coins_of(const base::Address& account);
  void give_tokens(const base::Address& account, base::Amount amount);

  /// Pauses make a block only while this is true.
  bool blocks_come = true;
  base::Hash256 separator() const { return base::domain_separator({199, contract}); }
  channels::ChannelConfig config(std::uint8_t salt = 1) const;
  base::ChannelId id(const channels::ChannelConfig& config) const { return channels::channel_id(separator(), config); }

 private:
  EvmTerms terms();
  nlohmann::json ask_at(const std::string& url, const std::string& method, nlohmann::json params);
  base::Time now_ = base::Time::from_seconds(1000);
};

inline const base::Address kBtt = *base::Address::parse("0x0000000000000000000000000000000000001010");

/// prepare() that must succeed.
RawTransaction prepared(ChainBackend& backend, const Action& action, const base::SecretKey& from);
/// prepare() and submit(): "ok", "reverted: CODE", "failed: CODE", "unknown: CODE".
std::string done(ChainBackend& backend, const Action& action, const base::SecretKey& from);
std::string fate(const Outcome<Receipt>& outcome);

template <typename T>
std::string told(const Outcome<T>& outcome) {
  if (outcome.is_ok()) return "ok";
  return (outcome.kind == Outcome<T>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}

}  // namespace ferry::chain::evm::test

#pragma once
// EvmUrl: what an operator writes after --ledger, a user after --chain, for a contract on an EVM chain: which nodes, which contract, and how careful. Opens
// nothing. Source: docs/ledger.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain::evm {

struct EvmUrl {
  static constexpr std::size_t kMaxNodes = 8;
  static constexpr std::uint64_t kMaxConfirmations = 120;  ///< full nodes keep the state of 128 blocks

  std::vector<std::string> nodes;   ///< "http(s)://…", at least one
  base::Address contract;
  base::Address token;
  std::uint64_t confirmations = 32; ///< blocks on top of what counts as money
  std::optional<std::uint64_t> chain_id;
  std::optional<base::Hash256> code_hash;        ///< Keccak-256 of the contract's code
  std::optional<base::Amount> gas_price_floor;   ///< per gas, smallest unit; default: what the chain is known to ask
  std::optional<base::Amount> gas_price_cap;
  std::uint64_t start_block = 0;    ///< where the contract's events begin
  std::uint64_t wait_seconds = 90;  ///< how long one submit() waits for confirmations
  std::size_t must_agree = 1;       ///< nodes; unless told, two where one of the named may then still fail
  bool insecure = false;            ///< http to another machine was asked for explicitly

  /// `text` without "evm:". http without insecure=1 only to this machine. Refusals: "ledger_url", "ledger_url_option" (names the option),
  /// "ledger_url_insecure", and those of base::Url.
  static base::Result<EvmUrl> parse(std::string_view text);
  /// Scheme and authority of a node's address: what may be shown; a path may hold a secret.
  static std::string shown(std::string_view node);

  friend bool operator==(const EvmUrl&, const EvmUrl&) = default;
};

}  // namespace ferry::chain::evm

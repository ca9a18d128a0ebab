#pragma once
// LedgerUrl: what an operator writes after --ledger, a user after --chain. Names a ledger; opens nothing.

#include <optional>
#include <string>
#include <string_view>

#include "channels/chain/evm/evm_url.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain {

struct LedgerUrl {
  enum class Kind { embedded, remote, chain };

  Kind kind = Kind::embedded;
  std::string base;      ///< remote: "http(s)://host[:port][/path]" without a slash at its end; methods lie at <base>/ledger/v1/<method>
  std::string pin;       ///< remote: "sha256//BASE64" of the server's public key, which then counts instead of a certificate authority; or empty
  bool insecure = false; ///< remote: http to another machine was asked for explicitly

  std::optional<evm::EvmUrl> evm{};  ///< chain: set. Only open_chain() looks into it

  static constexpr std::size_t kMaxLength = 1024;

  /// "embedded", "ledger:https://…[?pin=sha256//BASE64]", "ledger:http://…[?insecure=1]", "evm:…" as EvmUrl has it; http without insecure=1 only
  /// to this machine (127.0.0.0/8, ::1, localhost). Refusals: "ledger_url" (not one of these), "ledger_url_later" (tron:, which comes later),
  /// "ledger_url_insecure", "ledger_url_pin", "ledger_url_option", and those of base::Url and EvmUrl.
  static base::Result<LedgerUrl> parse(std::string_view text);

  /// A chain's URL that names this contract, and does not say that it is on another chain. Which chain it is on, the nodes tell.
  bool may_mean(const base::Domain& domain) const;

  /// `text` without what may be secret: of a chain's nodes only scheme and authority. Precondition: parse() takes `text`.
  static std::string shown(std::string_view text);

  friend bool operator==(const LedgerUrl&, const LedgerUrl&) = default;
};

}  // namespace ferry::chain

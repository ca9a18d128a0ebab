#pragma once
// LedgerUrl: what an operator or user writes after --ledger. Names a ledger; opens nothing.

#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::chain {

struct LedgerUrl {
  enum class Kind { embedded, remote };

  Kind kind = Kind::embedded;
  std::string base;      ///< remote: "http(s)://host[:port][/path]" without a slash at its end; methods lie at <base>/ledger/v1/<method>
  std::string pin;       ///< remote: "sha256//BASE64" of the server's public key, which then counts instead of a certificate authority; or empty
  bool insecure = false; ///< remote: http to another machine was asked for explicitly

  static constexpr std::size_t kMaxLength = 1024;

  /// "embedded", "ledger:https://…[?pin=sha256//BASE64]", "ledger:http://…[?insecure=1]"; http without insecure=1 only to this machine
  /// (127.0.0.0/8, ::1, localhost). Refusals: "ledger_url" (not one of these), "ledger_url_later" (evm: and tron:, which come later),
  /// "ledger_url_insecure", "ledger_url_pin", "ledger_url_option", and those of base::Url.
  static base::Result<LedgerUrl> parse(std::string_view text);

  friend bool operator==(const LedgerUrl&, const LedgerUrl&) = default;
};

}  // namespace ferry::chain

#pragma once
// LedgerMark: which ledger the books in a data directory are about, kept beside them: vouchers of one ledger are worth nothing on another, and
// the books can be read while the ledger is out of reach.

#include <filesystem>
#include <optional>
#include <string>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay {

struct LedgerMark {
  std::string kind;        ///< "embedded", "remote", "chain"
  std::string name;        ///< ChainInfo::name
  base::Domain domain;
  base::Address token;
  base::Address receiver;  ///< the beneficiary: may change while no channel names it
  chain::Fees fees = chain::Fees::none;

  /// Whoever is paid.
  bool is_same_ledger(const LedgerMark& other) const {
    return kind == other.kind && domain.chain_id == other.domain.chain_id && domain.verifying_contract == other.domain.verifying_contract && token == other.token;
  }
};

/// nullopt: the directory was never used. Errors: environment "private_file…", "ledger_mark" (not what keep_ledger_mark() writes).
base::Result<std::optional<LedgerMark>> read_ledger_mark(const std::filesystem::path& file);

/// Refuses another ledger than that of before: environment "data_other_ledger", which says what to do.
base::Result<void> check_ledger_mark(const std::optional<LedgerMark>& before, const LedgerMark& now);

/// Durable when it returns. Errors: environment "private_file".
base::Result<void> keep_ledger_mark(const std::filesystem::path& file, const LedgerMark& mark);

}  // namespace ferry::relay

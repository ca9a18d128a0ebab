#pragma once
// Books: a relay's data directory, opened: who the relay is, what it has earned, and the ledger that this is about.

#include <memory>
#include <optional>

#include "protocol/base/key.hpp"
#include "relay/ops/data_directory.hpp"
#include "relay/ops/ledger_mark.hpp"
#include "relay/ops/open_journal.hpp"
#include "relay/ops/open_ledger.hpp"
#include "relay/ops/settlement.hpp"
#include "relay/shared/journal_writer.hpp"
#include "relay/shared/ledger_book.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

struct Books {
  Books(DataDirectory opened_data, base::SecretKey key, std::optional<OpenedLedger> opened_ledger, LedgerMark about, OpenedJournal opened);

  DataDirectory data;
  base::SecretKey identity;
  std::optional<OpenedLedger> ledger;  ///< nothing when the books are only read
  LedgerMark mark;
  base::Hash256 domain;
  JournalWriter journal;
  LedgerBook book;
};

/// With the ledger of the settings, for a relay or for a command. Errors: environment, those of DataDirectory, load_identity(), open_ledger(), the ledger mark and
/// open_journal().
base::Result<std::unique_ptr<Books>> open_books(const RelaySettings& settings, DataDirectory::Use use);
/// Only what lies in the directory; nothing is asked of anybody. Further error: environment "data_unused" (no relay has run on it).
base::Result<std::unique_ptr<Books>> read_books(const RelaySettings& settings);

/// For the ledger that is open.
SettlementTerms settlement_terms(const RelaySettings& settings, const chain::ChainInfo& info, const base::Address& receiver);

}  // namespace ferry::relay

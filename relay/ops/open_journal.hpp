#pragma once
// The relay's books as the last run left them: the journal, replayed into a RelayLedger, and made small again when it has grown.

#include <filesystem>
#include <memory>

#include "channels/journal.hpp"
#include "channels/relay_ledger.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay {

struct OpenedJournal {
  std::unique_ptr<channels::Journal> journal;
  channels::RelayLedger ledger;
};

inline constexpr std::uint64_t kCompactAboveBytes = std::uint64_t{64} << 20U;  ///< about a second of replaying

/// `empty`: a ledger with this relay's terms. Errors: environment, those of Journal::open() and RelayLedger::replay().
base::Result<OpenedJournal> open_journal(const std::filesystem::path& path, channels::RelayLedger empty, std::uint64_t compact_above_bytes = kCompactAboveBytes);

}  // namespace ferry::relay

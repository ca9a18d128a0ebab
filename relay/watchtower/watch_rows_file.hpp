#pragma once
// The file in which a watchtower keeps the rows that relays left with it, and how far it has followed the chain: a journal of which the latest
// row of each channel counts.

#include <filesystem>
#include <memory>

#include "channels/journal.hpp"
#include "relay/watchtower/watchtower.hpp"

namespace ferry::relay {

struct OpenedWatchRows {
  std::unique_ptr<channels::Journal> journal;
  WatchMemory memory;
};

/// Opens or makes it, and makes it small again when it has grown. Errors: environment, those of Journal::open(); "watch_row_file" (a row that
/// is none, or is of another chain or contract).
base::Result<OpenedWatchRows> open_watch_rows(const std::filesystem::path& file, const base::Hash256& domain_separator,
                                              std::uint64_t compact_above_bytes = std::uint64_t{64} << 20U);

}  // namespace ferry::relay

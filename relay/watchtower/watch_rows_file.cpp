#include "relay/watchtower/watch_rows_file.hpp"

#include <utility>
#include <vector>

namespace ferry::relay {

using base::Result;

Result<OpenedWatchRows> open_watch_rows(const std::filesystem::path& file, const base::Hash256& domain_separator, std::uint64_t compact_above_bytes) {
  WatchRows rows;
  const auto replay = [&](base::ByteView record) -> Result<void> {
    const auto row = unpack_watch_row(record);
    const auto sound = row ? check_watch_row(domain_separator, *row) : base::fail(row.error());
    if (!sound) {
      return base::fail(base::environment("watch_row_file", "the watchtower's file holds a row that does not fit (" + sound.error().code +
                                                                "): start with the data directory that belongs to this chain"));
    }
    auto& kept = rows.try_emplace(channels::channel_id(domain_separator, row->row.config), *row).first->second;
    if (kept.row.total_claimed < row->row.total_claimed) kept = *row;
    return {};
  };
  FERRY_TRY(auto journal, channels::Journal::open(file, replay));
  if (journal->size_bytes() > compact_above_bytes) {
    std::vector<base::Bytes> records;
    for (const auto& [id, row] : rows) records.push_back(pack(row));
    FERRY_CHECK(journal->rewrite(records));
  }
  return OpenedWatchRows{std::move(journal), std::move(rows)};
}

}  // namespace ferry::relay

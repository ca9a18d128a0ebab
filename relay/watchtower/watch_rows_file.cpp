#include "relay/watchtower/watch_rows_file.hpp"

#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "channels/records.hpp"

namespace ferry::relay {

using base::Result;

Result<OpenedWatchRows> open_watch_rows(const std::filesystem::path& file, const base::Hash256& domain_separator, std::uint64_t compact_above_bytes) {
  WatchMemory memory;
  std::set<base::ChannelId> fresh;  // since the last place; those before it may have come while it was looked up
  const auto replay = [&](base::ByteView record) -> Result<void> {
    if (const auto other = channels::unpack_record(record); other && std::holds_alternative<channels::PlaceRecord>(*other)) {
      memory.place = std::get<channels::PlaceRecord>(*other);
      memory.unseen = std::exchange(fresh, {});
      return {};
    }
    const auto row = unpack_watch_row(record);
    const auto sound = row ? check_watch_row(domain_separator, *row) : base::fail(row.error());
    if (!sound) {
      return base::fail(base::environment("watch_row_file", "the watchtower's file holds a row that does not fit (" + sound.error().code +
                                                                "): start with the data directory that belongs to this chain"));
    }
    const auto id = channels::channel_id(domain_separator, row->row.config);
    fresh.insert(id);
    auto& kept = memory.rows.try_emplace(id, *row).first->second;
    if (kept.row.total_claimed < row->row.total_claimed) kept = *row;
    return {};
  };
  FERRY_TRY(auto journal, channels::Journal::open(file, replay));
  if (journal->size_bytes() > compact_above_bytes) {
    std::vector<base::Bytes> records;
    for (const auto& [id, row] : memory.rows) records.push_back(pack(row));
    // Behind a place stand again the rows that came after it; so each grows old as it would have in the longer file.
    for (const auto* later : {&memory.unseen, &fresh}) {
      if (!memory.place) break;
      records.push_back(channels::pack(*memory.place));
      for (const auto& id : *later) records.push_back(pack(memory.rows.at(id)));
    }
    FERRY_CHECK(journal->rewrite(records));
  }
  memory.unseen.merge(fresh);
  return OpenedWatchRows{std::move(journal), std::move(memory)};
}

}  // namespace ferry::relay

#include "relay/ops/open_journal.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace ferry::relay {

base::Result<OpenedJournal> open_journal(const std::filesystem::path& path, channels::RelayLedger empty, std::uint64_t compact_above_bytes) {
  std::size_t records = 0;
  const auto replay = [&](base::ByteView record) {
    ++records;
    return empty.replay(record);
  };
  FERRY_TRY(auto journal, channels::Journal::open(path, replay));
  if (journal->torn_bytes_cut() > 0) spdlog::warn("the journal's last write was cut short by a crash: {} bytes dropped", journal->torn_bytes_cut());
  spdlog::info("journal: {} records, {} bytes, {} channels", records, journal->size_bytes(), empty.channels().size());
  if (journal->size_bytes() > compact_above_bytes) {
    const auto before = journal->size_bytes();
    FERRY_CHECK(journal->rewrite(empty.snapshot()));
    spdlog::info("journal made smaller: {} bytes instead of {}", journal->size_bytes(), before);
  }
  return OpenedJournal{std::move(journal), std::move(empty)};
}

}  // namespace ferry::relay

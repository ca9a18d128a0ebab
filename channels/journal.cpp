#include "channels/journal.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "channels/journal_file.hpp"
#include "channels/journal_format.hpp"
#include "channels/journal_reader.hpp"

namespace ferry::channels {
namespace {

using base::ByteView;
using base::Result;
namespace format = journal_format;

/// Space is set aside so far ahead, whenever less than a quarter of it is left: a full disk is noticed before a batch needs it, and whoever else
/// fills the disk does not stop the journal at once.
constexpr std::uint64_t kSetAside = std::uint64_t{4} << 20U;
constexpr std::size_t kRewriteBatch = std::size_t{1} << 20U;

base::Error unusable() {
  return base::environment("journal_failed", "an earlier write to the journal failed: restart, so that what is durable is read again");
}

/// Writes a whole journal into an empty file. Gives where its records end.
Result<std::uint64_t> write_all(JournalFile& file, std::span<const base::Bytes> records) {
  std::uint64_t end = 0;
  std::uint64_t sequence = 0;
  const auto head = format::file_head();
  base::Bytes batch(head.begin(), head.end());
  const auto flush = [&]() -> Result<void> {
    FERRY_CHECK(file.write_at(end, batch));
    end += batch.size();
    batch.clear();
    return {};
  };
  for (const base::Bytes& record : records) {
    format::append_frame(batch, sequence++, record);
    if (batch.size() >= kRewriteBatch) FERRY_CHECK(flush());
  }
  FERRY_CHECK(flush());
  FERRY_CHECK(file.preallocate(end, end + kSetAside));
  FERRY_CHECK(file.sync());
  return end;
}

bool fits(ByteView record) { return !record.empty() && record.size() <= Journal::kMaxRecordBytes; }

}  // namespace

struct Journal::State {
  JournalFile file;
  std::uint64_t end = 0;        ///< of the durable records
  std::uint64_t sequence = 0;   ///< of the next record
  std::uint64_t set_aside = 0;  ///< the file's size
  std::uint64_t torn_bytes = 0;
  base::Bytes batch;
  bool failed = false;

  /// What every commit needs, and more ahead where the disk has it.
  Result<void> make_room() {
    const std::uint64_t needed = end + batch.size();
    if (needed + kSetAside / 4 <= set_aside) return {};
    const auto ahead = file.preallocate(set_aside, std::max(needed, set_aside) + kSetAside);
    FERRY_TRY(set_aside, file.size());  // also after a failure: part of it may be there
    return needed <= set_aside ? Result<void>{} : ahead;
  }

  Result<void> write_batch() {
    FERRY_CHECK(make_room());
    FERRY_CHECK(file.write_at(end, batch));
    FERRY_CHECK(file.sync());
    end += batch.size();
    batch.clear();
    return {};
  }

  /// Cuts what lies behind the last whole record, and writes the file's head if there is none yet.
  Result<void> mend() {
    FERRY_CHECK(file.truncate(end));
    if (end == 0) {
      const auto head = format::file_head();
      FERRY_CHECK(file.write_at(0, head));
      end = head.size();
    }
    FERRY_CHECK(file.preallocate(end, end + kSetAside));
    FERRY_TRY(set_aside, file.size());
    FERRY_CHECK(file.sync());
    return file.sync_name();
  }
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path,
                                               const std::function<Result<void>(ByteView record)>& replay) {
  FERRY_TRY(JournalFile file, JournalFile::open(path));
  FERRY_TRY(const std::uint64_t size, file.size());
  JournalReader reader(file, size, kMaxRecordBytes);
  FERRY_TRY(const bool has_head, reader.read_file_head());
  while (has_head) {
    FERRY_TRY(const auto record, reader.next());
    if (!record) break;
    FERRY_CHECK(replay(*record));
  }
  const bool mend = !has_head || reader.torn_bytes() > 0;
  auto state = std::make_unique<State>(
      State{std::move(file), reader.end(), reader.records(), size, reader.torn_bytes(), base::Bytes{}, false});
  if (mend) FERRY_CHECK(state->mend());
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

void Journal::append(ByteView record) {
  // Whoever breaks the precondition must not believe that the record is kept.
  if (!fits(record)) state_->failed = true;
  if (state_->failed) return;
  format::append_frame(state_->batch, state_->sequence++, record);
}

Result<void> Journal::commit() {
  if (state_->failed) return base::fail(unusable());
  if (state_->batch.empty()) return {};
  auto written = state_->write_batch();
  state_->failed = !written;
  return written;
}

Result<void> Journal::rewrite(std::span<const base::Bytes> records) {
  State& state = *state_;
  if (state.failed) return base::fail(unusable());
  if (!state.batch.empty() || !std::ranges::all_of(records, fits)) {
    return base::fail(base::bug("journal_rewrite", "a journal is rewritten only with nothing appended, and with records of a legal size"));
  }
  auto beside = state.file.path();
  beside += ".new";
  const auto path = state.file.path();

  auto replacement = JournalFile::create_empty(beside);
  if (!replacement) return base::fail(replacement.error());
  const auto end = write_all(*replacement, records);
  if (!end) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    return base::fail(end.error());
  }
  // From here on the name may point to either file, so a failure is final.
  state.failed = true;
  FERRY_CHECK(replacement->rename(path));
  state.file = std::move(*replacement);
  state.end = *end;
  state.sequence = records.size();
  FERRY_TRY(state.set_aside, state.file.size());
  state.failed = false;
  return {};
}

std::uint64_t Journal::size_bytes() const { return state_->end; }
std::uint64_t Journal::torn_bytes_cut() const { return state_->torn_bytes; }

}  // namespace ferry::channels

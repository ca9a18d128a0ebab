#pragma once
// What a journal gives back when it is opened, in a form that tests compare.

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "channels/journal.hpp"

namespace ferry::channels::test {

struct Opened {
  std::vector<base::Bytes> records;
  std::unique_ptr<Journal> journal;  ///< null when it was refused
  base::Error error;

  std::string code() const { return journal ? "ok" : error.code; }
};

inline Opened open_journal(const std::filesystem::path& path) {
  Opened out;
  auto journal = Journal::open(path, [&out](base::ByteView record) {
    out.records.emplace_back(record.begin(), record.end());
    return base::Result<void>{};
  });
  if (journal) out.journal = std::move(*journal);
  else out.error = journal.error();
  return out;
}

/// The records of a journal that must open; nothing if it is refused, whatever was read before.
inline std::optional<std::vector<base::Bytes>> records_in(const std::filesystem::path& path) {
  auto opened = open_journal(path);
  if (!opened.journal) return std::nullopt;
  return std::move(opened.records);
}

/// Records of different lengths, some of which end in zeros, as torn ones seem to.
inline base::Bytes sample_record(std::size_t index) {
  base::Bytes record(1 + (index * 7) % 23, static_cast<std::uint8_t>(index));
  if (index % 3 == 0) record.insert(record.end(), 5, 0);
  return record;
}

inline std::vector<base::Bytes> sample_records(std::size_t count) {
  std::vector<base::Bytes> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(sample_record(i));
  return out;
}

/// Writes `records` in batches of three and closes the journal.
inline void write_journal(const std::filesystem::path& path, const std::vector<base::Bytes>& records) {
  auto opened = open_journal(path);
  for (std::size_t i = 0; i < records.size(); ++i) {
    opened.journal->append(records[i]);
    if ((i % 3 == 2 || i + 1 == records.size()) && !opened.journal->commit()) throw std::runtime_error("a journal could not be written");
  }
}

}  // namespace ferry::channels::test

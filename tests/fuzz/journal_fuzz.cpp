// Any bytes as a journal: taken as they are, or as a journal that was written properly and then damaged in one place. Opening gives a beginning
// of what was written or a refusal that leaves the file alone; after opening, work goes on.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "channels/journal.hpp"
#include "channels/journal_format.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/script_bytes.hpp"

using namespace ferry;
using fuzz::require;
using fuzz::ScriptBytes;
using Records = std::vector<base::Bytes>;

namespace {

const std::filesystem::path& path() {
  static const std::filesystem::path file = [] {
    const std::filesystem::path memory = "/dev/shm";
    const auto directory = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    return directory / ("ferry-journal-fuzz-" + std::to_string(::getpid()));
  }();
  static const int at_end = std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove(path(), ignored);
  });
  static_cast<void>(at_end);
  return file;
}

void write_file(base::ByteView bytes) {
  const auto text = base::text_of(bytes);
  std::ofstream(path(), std::ios::binary | std::ios::trunc).write(text.data(), static_cast<std::streamsize>(text.size()));
}

base::Bytes read_file() {
  std::ifstream in(path(), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return {text.begin(), text.end()};
}

/// The records of the file, or nothing if it is refused. What opens must take one more record.
std::optional<Records> open_and_append(bool append) {
  Records records;
  const auto journal = channels::Journal::open(path(), [&records](base::ByteView record) {
    records.emplace_back(record.begin(), record.end());
    return base::Result<void>{};
  });
  if (!journal) {
    require(journal.error().code == "journal_corrupt", "only damage is a reason to refuse a file");
    return std::nullopt;
  }
  if (append) {
    (*journal)->append(base::Bytes{42});
    require((*journal)->commit().has_value(), "a journal that opens can be written");
    std::filesystem::resize_file(path(), (*journal)->size_bytes());  // megabytes of zeros take their time to read again
  }
  return records;
}

/// Opens `bytes` twice: refused they are left alone, else a record that is added stands behind the others.
std::optional<Records> check(base::ByteView bytes) {
  write_file(bytes);
  const auto records = open_and_append(true);
  if (!records) {
    require(std::ranges::equal(read_file(), bytes), "a refused file is left alone");
    return records;
  }
  Records expected = *records;
  expected.push_back(base::Bytes{42});
  require(open_and_append(false) == expected, "what was there and what was added is there");
  return records;
}

bool is_beginning_of(const Records& some, const Records& all) {
  return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

void damaged_journal(ScriptBytes script) {
  Records records;
  const auto head = channels::journal_format::file_head();
  base::Bytes bytes(head.begin(), head.end());
  for (std::uint8_t count = script.below(6); count > 0; --count) {
    const auto payload = script.take(1U + script.below(40));
    if (payload.empty()) break;
    channels::journal_format::append_frame(bytes, records.size(), payload);
    records.emplace_back(payload.begin(), payload.end());
  }
  const std::size_t at = (script.byte() * 256U + script.byte()) % bytes.size();
  const std::uint8_t how = script.below(4);
  const bool is_flip = how == 0;
  if (is_flip) bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << script.below(8)));
  if (how == 1) bytes.resize(at);
  if (how == 2) std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), std::uint8_t{0});
  if (how == 3) bytes.resize(bytes.size() + at, 0);

  const auto found = check(bytes);
  require(found.has_value() != is_flip, "a flipped bit is refused, and what a crash leaves is not");
  require(!found || is_beginning_of(*found, records), "what is read is a beginning of what was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView input{data + 1, size - 1};
  if ((data[0] & 1U) == 0) check(input);
  else damaged_journal(ScriptBytes{input});
  return 0;
}

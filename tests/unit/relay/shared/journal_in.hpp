#pragma once
// A journal whose records nobody reads again, for tests of those who write it.

#include <memory>

#include "channels/journal.hpp"
#include "tests/unit/channels/scratch.hpp"

namespace ferry::relay::test {

inline std::unique_ptr<channels::Journal> journal_in(const channels::test::Scratch& scratch) {
  return channels::Journal::open(scratch.file(), [](base::ByteView) { return base::Result<void>{}; }).value();
}

}  // namespace ferry::relay::test

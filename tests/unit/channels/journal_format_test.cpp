#include "channels/journal_format.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/journal_reading.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

// The bytes were computed by another program from the description in docs/payments.md.
TEST_CASE("journal format: a file of two records has exactly these bytes") {
  const Scratch scratch;
  write_journal(scratch.file(), {base::Bytes{1, 2, 3}, base::Bytes{0xFF}});
  base::Bytes bytes = read_file(scratch.file());
  bytes.resize(16 + (8 + 3 + 5) + (8 + 1 + 5));
  CHECK(base::to_hex(bytes) ==
        "46455252594a4e4c0100000070402189"
        "03000000643c42490102032cf05f7af1"
        "01000000d5cb54c7ff7ca1e519f1");
}

TEST_CASE("journal format: a frame is whole only in its own place") {
  base::Bytes frame;
  journal_format::append_frame(frame, 7, base::Bytes{1, 2, 3});
  CHECK(journal_format::is_whole(frame, 7));
  CHECK_FALSE(journal_format::is_whole(frame, 8));
  CHECK(journal_format::payload_length(base::ByteView{frame}.first(8), 7, 3) == 3);
  CHECK_FALSE(journal_format::payload_length(base::ByteView{frame}.first(8), 8, 3).has_value());
  CHECK_FALSE(journal_format::payload_length(base::ByteView{frame}.first(8), 7, 2).has_value());
}

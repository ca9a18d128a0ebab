#include "relay/content/content_range.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;

TEST_CASE("content range: what an origin may say is read") {
    CHECK(parse_content_range("bytes 0-9/10") == ContentRange{ByteRange{0, 9}, 10});
    CHECK(parse_content_range("Bytes  5-5/10") == ContentRange{ByteRange{5, 5}, 10});
    CHECK(parse_content_range("bytes 0-9/*") == ContentRange{ByteRange{0, 9}, std::nullopt});
    CHECK(parse_content_range("bytes */10") == ContentRange{std::nullopt, 10});
    CHECK(parse_content_range("bytes */0") == ContentRange{std::nullopt, 0});
    CHECK(parse_content_range("bytes 0-17592186044415/17592186044416"));
}

TEST_CASE("content range: anything else is refused") {
    for (const char* text : {"",
                             "bytes",
                             "bytes ",
                             "bytes=0-9/10",
                             "items 0-9/10",
                             "bytes 0-9",
                             "bytes 9-0/10",
                             "bytes 0-10/10",
                             "bytes -9/10",
                             "bytes 0-/10",
                             "bytes 0-9/",
                             "bytes 0-9/x",
                             "bytes 0 -9/10",
                             "bytes +0-9/10",
                             "bytes 0-9/10/10",
                             "bytes 0x0-9/10",
                             "bytes 0-9/99999999999999999999999",
                             "bytes 0-17592186044416/*",
                             "bytes 0-9/17592186044417",
                             "bytes */*",
                             "bytes 18446744073709551616-18446744073709551617/*",
                             "bytes 0-9/10, 0-9/10"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_content_range(text));
    }
}

TEST_CASE("content range: ranges of chunks") {
    CHECK(ByteRange::of_chunks(0, 1) == ByteRange{0, 262'143});
    CHECK(ByteRange::of_chunks(2, 16) == ByteRange{524'288, 4'718'591});
    CHECK(ByteRange::of_chunks(2, 16).bytes() == 16 * 262'144);
    CHECK(ByteRange{5, 9}.to_string() == "bytes=5-9");
    // The last chunk that a body can have.
    CHECK(ByteRange::of_chunks(ferry::content::kMaxChunks - 1, 1).last == ferry::content::kMaxBodyBytes - 1);
}

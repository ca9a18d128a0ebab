#include "relay/content/response_head.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using Headers = ferry::content::Headers;

namespace {

/// The head of these lines, or the code of what is wrong with them.
struct Read {
    explicit Read(const std::vector<std::string>& lines, std::size_t bytes = 65'536, std::size_t count = 128)
        : reader(bytes, count) {
        for (const auto& line : lines) {
            const auto read = reader.line(line + "\r\n");
            if (read) continue;
            error = read.error().code;
            return;
        }
    }
    HeadReader reader;
    std::string error;
};

}  // namespace

TEST_CASE("response head: status and end-to-end fields are kept, names in lower case") {
    const Read read({"HTTP/1.1 404 Not Found", "Content-Type:  text/plain ", "X-Empty:", "ETag: \"a\"",
                     "Content-Length: 12", ""});
    CHECK(read.error == "");
    CHECK(read.reader.complete());
    CHECK(read.reader.head().status == 404);
    CHECK(read.reader.head().content_length == 12);
    CHECK(read.reader.head().headers ==
          Headers{{"content-type", "text/plain"}, {"x-empty", ""}, {"etag", "\"a\""}});
}

TEST_CASE("response head: what belongs to the connection is dropped") {
    const Read read({"HTTP/1.1 200 OK", "Connection: X-Hop, close", "Keep-Alive: 5", "X-Hop: 1",
                     "Transfer-Encoding: chunked", "Upgrade: h2c", "Trailer: x", "Content-Length: 5",
                     "X-End: 1", ""});
    CHECK(read.reader.head().headers == Headers{{"x-end", "1"}});
    // Chunked framing says nothing of the length, whatever Content-Length claims.
    CHECK_FALSE(read.reader.head().content_length);
}

TEST_CASE("response head: interim answers are forgotten") {
    const Read read(
        {"HTTP/1.1 103 Early Hints", "Link: x", "Content-Length: 9", "", "HTTP/2 200 ", "X-A: 1", ""});
    CHECK(read.reader.complete());
    CHECK(read.reader.head().status == 200);
    CHECK(read.reader.head().headers == Headers{{"x-a", "1"}});
    CHECK_FALSE(read.reader.head().content_length);
    CHECK_FALSE(Read({"HTTP/1.1 100 Continue", ""}).reader.complete());
}

TEST_CASE("response head: 204 and 304 have an empty body") {
    CHECK(Read({"HTTP/1.1 204 x", ""}).reader.head().content_length == 0);
    CHECK(Read({"HTTP/1.1 304 x", "Content-Length: 700", ""}).reader.head().content_length == 0);
}

TEST_CASE("response head: what is malformed or too large is refused") {
    struct Case {
        const char* name;
        std::vector<std::string> lines;
        std::string error;
    };
    const std::string ok = "HTTP/1.1 200 OK";
    const std::vector<Case> cases{
        {"no status line", {"hello"}, "origin_headers"},
        {"no status", {"HTTP/1.1"}, "origin_headers"},
        {"a status of two digits", {"HTTP/1.1 20 OK"}, "origin_headers"},
        {"a status below 100", {"HTTP/1.1 099 OK"}, "origin_headers"},
        {"no colon", {ok, "hello"}, "origin_headers"},
        {"no name", {ok, ": x"}, "origin_headers"},
        {"a blank in a name", {ok, "X A: x"}, "origin_headers"},
        {"a blank after a name", {ok, "X-A : x"}, "origin_headers"},
        {"a folded line", {ok, "X-A: x", "  y"}, "origin_headers"},
        {"a control character", {ok, std::string("X-A: a\x01") + "b"}, "origin_headers"},
        {"a NUL", {ok, std::string("X-A: a\0b", 8)}, "origin_headers"},
        {"a carriage return inside", {ok, "X-A: a\rSet-Cookie: b"}, "origin_headers"},
        {"a length that is none", {ok, "Content-Length: 12x"}, "origin_headers"},
        {"a negative length", {ok, "Content-Length: -1"}, "origin_headers"},
        {"two lengths", {ok, "Content-Length: 1", "Content-Length: 2"}, "origin_length"},
        {"two lengths in one line", {ok, "Content-Length: 1, 2"}, "origin_length"},
        {"the same length twice", {ok, "Content-Length: 1, 1", "Content-Length: 1", ""}, ""},
        {"a length beyond all bounds", {ok, "Content-Length: 17592186044417"}, "origin_length"},
        {"bytes above ASCII", {ok, "X-A: caf\xc3\xa9", ""}, ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(Read(each.lines).error == each.error);
    }
    CHECK(Read({ok, "X-A: " + std::string(100, 'x')}, 100).error == "origin_headers");
    CHECK(Read({ok, "A: 1", "B: 1", "C: 1"}, 100, 2).error == "origin_headers");
    CHECK(Read({ok, "A: 1", "B: 1", ""}, 100, 2).error == "");
}

#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::pricing::ChunkSource;

namespace {

std::string ranges_of(const ScriptedOrigin& origin) {
    std::string all;
    for (const auto& asked : origin.asked)
        all += (all.empty() ? "" : " ") + (asked.field("range").empty() ? "whole" : asked.field("range"));
    return all;
}

std::string run(std::size_t first, std::size_t end) {
    return "bytes=" + std::to_string(first * kChunk) + "-" + std::to_string(end * kChunk - 1);
}

content::FetchRequest part(const std::string& url, std::uint64_t first, std::uint64_t count,
                           std::string validator = {}) {
    auto request = Rig::request(url);
    request.first_chunk = first;
    request.chunk_count = count;
    request.if_validator = std::move(validator);
    return request;
}

}  // namespace

TEST_CASE("ranges: a body comes in runs of sixteen chunks under one validator") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(40 * kChunk + 1000);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "");
    CHECK((got.body == body));
    CHECK(got.head.status == 200);
    CHECK(got.head.length == body.size());
    CHECK(got.head.validator == "\"v1\"");
    CHECK(got.head.root.is_zero());
    CHECK(got.last.root == ferry::content::root_of(got.hashes));
    CHECK(got.last.chunk_hashes == got.hashes);
    CHECK(ranges_of(origin) == run(0, 16) + " " + run(16, 32) + " " + run(32, 41));
    CHECK(origin.asked[0].field("if-range") == "");
    CHECK(origin.asked[1].field("if-range") == "\"v1\"");
    CHECK(got.hits() == 0);
    CHECK_FALSE(ferry::content::find_header(got.head.headers, "content-range"));
    CHECK(ferry::content::find_header(got.head.headers, "content-length") == std::to_string(body.size()));
}

TEST_CASE("ranges: the second reader is served from the cache, with hashes and root ahead") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(20 * kChunk + 1);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    const auto first = rig.get(origin.url("/file"));
    rig.now = rig.now + std::chrono::seconds(7);
    const auto second = rig.get(origin.url("/file"));
    CHECK((second.body == body));
    CHECK(second.hits() == 21);
    CHECK(second.head.from_cache);
    CHECK(second.head.chunk_hashes == first.hashes);
    CHECK(second.head.root == ferry::content::root_of(first.hashes));
    CHECK(ferry::content::find_header(second.head.headers, "age") == "7");
    CHECK(origin.asked.size() == 2);
    CHECK(rig.source->peek(Rig::request(origin.url("/file"))).held_bytes == body.size());
}

TEST_CASE("ranges: no more is fetched than the client asks for") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(100 * kChunk);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    const auto got = rig.get(part(origin.url("/file"), 3, 2));
    CHECK((got.body == body.substr(3 * kChunk, 2 * kChunk)));
    CHECK(ranges_of(origin) == run(3, 5));
    CHECK(got.last.root.is_zero());
}

TEST_CASE("ranges: chunks that are held are not fetched again") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(12 * kChunk);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    rig.get(part(origin.url("/file"), 4, 2));
    CHECK(rig.source->peek(Rig::request(origin.url("/file"))).held_bytes == 2 * kChunk);
    const auto got = rig.get(origin.url("/file"));
    CHECK((got.body == body));
    CHECK(ranges_of(origin) == run(4, 6) + " " + run(0, 4) + " " + run(6, 12));
    CHECK(got.hits() == 2);
    CHECK(got.sources[4] == ChunkSource::hit);
    CHECK(got.last.root == ferry::content::root_of(got.hashes));
}

TEST_CASE("ranges: a chunk that was prefetched for this reader is a miss, for the next one a hit") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(3 * kChunk);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    const auto first = rig.open(Rig::request(origin.url("/file")));
    CHECK(rig.chunk(*first, 0)->source == ChunkSource::miss);
    rig.run_until(
        [&] { return rig.source->peek(Rig::request(origin.url("/file"))).held_bytes == body.size(); });
    CHECK_FALSE(first->held(ferry::base::ChunkIndex{1}));
    CHECK(rig.chunk(*first, 1)->source == ChunkSource::miss);
    const auto second = rig.open(Rig::request(origin.url("/file")));
    CHECK(second->held(ferry::base::ChunkIndex{1}));
    CHECK(rig.chunk(*second, 1)->source == ChunkSource::hit);
    CHECK(second->hash_of(ferry::base::ChunkIndex{1}) == first->hash_of(ferry::base::ChunkIndex{1}));
}

TEST_CASE("ranges: a download is resumed under its validator, on a relay that has seen nothing of it") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(6 * kChunk + 5);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    const auto got = rig.get(part(origin.url("/file"), 4, UINT64_MAX, "\"v1\""));
    CHECK((got.body == body.substr(4 * kChunk)));
    CHECK(origin.asked[0].field("if-range") == "\"v1\"");
    CHECK(rig.get(part(origin.url("/file"), 4, UINT64_MAX, "\"v0\"")).error == "object_changed");
    CHECK(rig.get(part(origin.url("/other"), 4, UINT64_MAX, "\"v0\"")).error == "object_changed");
}

TEST_CASE("ranges: an error page in place of the rest is not taken for another object") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [](const Asked&) { return Script(reply("503 Busy", "", "later")); });
    CHECK(rig.get(part(origin.url("/file"), 4, UINT64_MAX, "\"v1\"")).error == "origin_status");
    CHECK(rig.get(part(origin.url("/file"), 0, UINT64_MAX, "")).head.status == 503);
}

TEST_CASE("ranges: a request beyond the end is refused, whether the relay knows the length or not") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(2 * kChunk);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK(rig.get(part(origin.url("/file"), 2, 1)).error == "chunk_beyond_end");
    CHECK(rig.get(origin.url("/file")).body == body);
    CHECK(rig.get(part(origin.url("/file"), 2, 1)).error == "chunk_beyond_end");
    CHECK(rig.get(part(origin.url("/file"), ferry::content::kMaxChunks, 1)).error == "chunk_beyond_end");
    CHECK(rig.get(part(origin.url("/file"), UINT64_MAX, UINT64_MAX)).error == "chunk_beyond_end");
}

TEST_CASE("ranges: an empty file, for which no range can be satisfied, is asked for whole") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, "", "\"v1\"", kCacheable); });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "");
    CHECK(got.head.status == 200);
    CHECK(got.head.length == 0);
    CHECK(got.sources.empty());
    CHECK(ranges_of(origin) == run(0, 16) + " whole");
    CHECK(rig.get(origin.url("/file")).head.from_cache);
}

TEST_CASE("ranges: parts without a strong validator are not joined, the whole is asked for instead") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(20 * kChunk);
    std::string validator;
    SUBCASE("no validator") {}
    SUBCASE("a weak one") {
        validator = "W/\"v1\"";
    }
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, body, validator); });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "");
    CHECK((got.body == body));
    CHECK(got.head.validator == "");
    CHECK(ranges_of(origin) == run(0, 16) + " whole");
}

TEST_CASE("ranges: Last-Modified with the length is a validator when it is older than the answer") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(20 * kChunk);
    const std::string modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return file(asked, body, "",
                    "Last-Modified: " + modified + "\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    });
    const auto got = rig.get(origin.url("/file"));
    CHECK((got.body == body));
    CHECK(got.head.validator == modified + "/" + std::to_string(body.size()));
    CHECK(ranges_of(origin) == run(0, 16) + " " + run(16, 20));
    CHECK(origin.asked[1].field("if-range") == modified);
}

TEST_CASE("ranges: parts that make no sense at first contact lead to the whole") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(kChunk + 7);
    const auto total = std::to_string(body.size());
    std::string part_fields;
    SUBCASE("no Content-Range") {
        part_fields = "";
    }
    SUBCASE("several parts") {
        part_fields = "Content-Type: multipart/byteranges; boundary=x\r\n";
    }
    SUBCASE("another start") {
        part_fields = "Content-Range: bytes 1-" + std::to_string(body.size() - 1) + "/" + total + "\r\n";
    }
    SUBCASE("an unknown total") {
        part_fields = "Content-Range: bytes 0-9/*\r\n";
    }
    SUBCASE("less than there is") {
        part_fields = "Content-Range: bytes 0-9/" + total + "\r\n";
    }
    SUBCASE("a length that differs") {
        part_fields = "Content-Range: bytes 0-" + std::to_string(body.size() - 2) + "/" +
                      std::to_string(body.size() - 1) + "\r\n";
    }
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        if (asked.field("range").empty()) return Script(reply("200 OK", "ETag: \"v1\"\r\n", body));
        return Script(reply("206 Partial Content", "ETag: \"v1\"\r\n" + part_fields, body));
    });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "");
    CHECK((got.body == body));
    CHECK(ranges_of(origin) == run(0, 16) + " whole");
}

TEST_CASE("ranges: a part that nobody asked for is a fault") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked&) { return Script(reply("206 Partial Content", "", "x")); });
    CHECK(rig.get(origin.url("/file")).error == "origin_range");
}

TEST_CASE("ranges: an object that changes in the middle is given up, and nothing of it is kept") {
    Shared shared;
    Rig rig(shared);
    const auto old_body = body_of(32 * kChunk, 1);
    const auto new_body = body_of(32 * kChunk, 2);
    ScriptedOrigin::Answer later;
    SUBCASE("a new ETag, whole") {
        later = [&](const Asked& asked) { return file(asked, new_body, "\"v2\"", kCacheable); };
    }
    SUBCASE("a new ETag, by an origin that ignores If-Range") {
        later = [&](const Asked& asked) {
            auto seen = asked;
            std::erase_if(seen.fields, [](const auto& field) { return field.first == "if-range"; });
            return file(seen, new_body, "\"v2\"", kCacheable);
        };
    }
    SUBCASE("another total") {
        later = [&](const Asked& asked) { return file(asked, new_body + "more", "\"v1\"", kCacheable); };
    }
    SUBCASE("it is gone") {
        later = [&](const Asked& asked) {
            return asked.field("if-range") != "\"v1\"" ? file(asked, new_body, "\"v2\"", kCacheable)
                                                       : Script(reply("404 Not Found", "", ""));
        };
    }
    bool changed = false;
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return changed ? later(asked) : file(asked, old_body, "\"v1\"", kCacheable);
    });
    const auto body = rig.open(Rig::request(origin.url("/file")));
    CHECK(rig.chunk(*body, 0)->chunk->bytes.size() == kChunk);
    changed = true;
    std::string error;
    for (std::uint64_t index = 1; index < 32 && error.empty(); ++index) {
        const auto served = rig.chunk(*body, index);
        if (!served)
            error = served.error().code;
        else
            CHECK(ferry::base::text_of(ferry::base::ByteView{served->chunk->bytes}) ==
                  old_body.substr(index * kChunk, kChunk));
    }
    CHECK(error == "origin_changed");
    CHECK(shared.counters.origin_changed == 1);
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "");
    CHECK((got.body.substr(0, new_body.size()) == new_body));
    CHECK(got.hits() == 0);
}

TEST_CASE("ranges: bytes that differ under the same validator are another object") {
    CacheSettings tiny;
    tiny.memory_bytes = 2 * kChunk;
    Shared shared(tiny);
    Rig rig(shared);
    auto body = body_of(3 * kChunk, 1);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK(rig.get(origin.url("/file")).error == "");
    body = body_of(3 * kChunk, 2);
    CHECK(rig.get(origin.url("/file")).error == "origin_changed");
    CHECK(rig.get(origin.url("/file")).body == body);
}

TEST_CASE("ranges: an origin that cannot answer now ends the request but not the object") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(20 * kChunk);
    bool broken = false;
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return broken ? Script(reply("503 Service Unavailable", "Retry-After: 5\r\n", ""))
                      : file(asked, body, "\"v1\"", kCacheable);
    });
    rig.get(part(origin.url("/file"), 0, 16));
    broken = true;
    CHECK(rig.get(origin.url("/file")).error == "origin_status");
    broken = false;
    const auto got = rig.get(origin.url("/file"));
    CHECK((got.body == body));
    CHECK(got.hits() == 16);
}

TEST_CASE("ranges: a run that ends early is an error, and what came whole stays") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(8 * kChunk);
    bool lies = true;
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        auto script = file(asked, body, "\"v1\"", kCacheable);
        if (!lies) return script;
        script.steps[0].send.resize(script.steps[0].send.size() - 2 * kChunk - 100);
        return std::move(script).then_close();
    });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "origin_truncated");
    CHECK((got.body == body.substr(0, 5 * kChunk)));
    lies = false;
    const auto again = rig.get(origin.url("/file"));
    CHECK((again.body == body));
    CHECK(again.hits() == 5);
    CHECK(origin.asked.back().field("range") == run(5, 8));
}

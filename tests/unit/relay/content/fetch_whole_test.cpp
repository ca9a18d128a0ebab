#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::content::find_header;

namespace {

std::string chunked_part(const std::string& bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string size;
    for (std::size_t rest = bytes.size(); rest > 0; rest /= 16)
        size.insert(size.begin(), kDigits[rest % 16]);
    return size + "\r\n" + bytes + "\r\n";
}

const std::string kChunkedHead =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n";

}  // namespace

TEST_CASE(
    "whole: the first chunk is served before the body is complete, and an unknown length is no hindrance") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(2 * kChunk + 3);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script(kChunkedHead + chunked_part(body.substr(0, kChunk + 1)))
            .then_wait(gate)
            .then(chunked_part(body.substr(kChunk + 1)) + "0\r\n\r\n");
    });
    const auto open = rig.open(Rig::request(origin.url("/stream")));
    CHECK_FALSE(open->head().length);
    CHECK_FALSE(find_header(open->head().headers, "transfer-encoding"));
    CHECK(find_header(open->head().headers, "content-type") == "text/plain");
    CHECK(rig.chunk(*open, 0)->chunk->bytes.size() == kChunk);
    CHECK_FALSE(open->final_head().length);
    gate->open();
    CHECK(rig.chunk(*open, 1)->chunk->bytes.size() == kChunk);
    CHECK(rig.chunk(*open, 2)->chunk->bytes.size() == 3);
    CHECK(rig.chunk(*open, 3)->chunk == nullptr);
    const auto last = open->final_head();
    CHECK(last.length == body.size());
    CHECK(last.chunk_hashes.size() == 3);
    CHECK(last.root == ferry::content::root_of(last.chunk_hashes));
    CHECK(last.validator == open->head().validator);
}

TEST_CASE("whole: a body of whole chunks and unknown length ends where it ends") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(kChunk);
    ScriptedOrigin origin(
        rig.io, [&](const Asked&) { return Script(kChunkedHead + chunked_part(body) + "0\r\n\r\n"); });
    const auto got = rig.get(origin.url("/stream"));
    CHECK(got.error == "");
    CHECK((got.body == body));
    CHECK(got.last.length == kChunk);
}

TEST_CASE("whole: a body that ends with the connection is taken as it is") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(kChunk + 9);
    ScriptedOrigin origin(
        rig.io, [&](const Asked&) { return Script("HTTP/1.1 200 OK\r\n\r\n" + body).then_close(); });
    const auto got = rig.get(origin.url("/stream"));
    CHECK((got.body == body));
    CHECK(got.last.length == body.size());
}

TEST_CASE("whole: an origin without ranges is read on, not asked again") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(40 * kChunk);
    ScriptedOrigin origin(
        rig.io, [&](const Asked&) { return Script(reply("200 OK", "Cache-Control: max-age=9\r\n", body)); });
    const auto got = rig.get(origin.url("/file"));
    CHECK((got.body == body));
    CHECK(got.head.length == body.size());
    CHECK(origin.asked.size() == 1);
    const auto again = rig.get(origin.url("/file"));
    CHECK((again.body == body));
    CHECK(again.hits() == 40);
    CHECK(origin.asked.size() == 1);
}

TEST_CASE("whole: an endless body is fetched only as far as the reader comes, and ends with the reader") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 200 OK\r\n\r\n").then_forever(body_of(kChunk));
    });
    auto open = rig.open(Rig::request(origin.url("/endless")));
    for (std::uint64_t index = 0; index < 3; ++index)
        CHECK(rig.chunk(*open, index)->chunk != nullptr);
    // Whatever the sockets hold besides: the relay stops taking.
    rig.run_ready();
    const auto taken = shared.counters.origin_chunks.load();
    CHECK(taken >= 3);
    CHECK(taken <= 2 + 16 + 2);
    const auto sent = origin.bytes_sent;
    rig.run_ready();
    CHECK(origin.bytes_sent == sent);
    for (std::uint64_t index = 3; index < 40; ++index)
        CHECK(rig.chunk(*open, index)->chunk != nullptr);
    open.reset();
    rig.run_ready();
    CHECK(shared.counters.origin_chunks.load() <= 40 + 16 + 2);
    CHECK(shared.hosts.taken("127.0.0.1:" + std::to_string(origin.port())) == 0);
}

TEST_CASE("whole: of an endless body no more comes than was asked for") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 200 OK\r\n\r\n").then_forever(body_of(kChunk));
    });
    auto request = Rig::request(origin.url("/endless"));
    request.chunk_count = 4;
    const auto open = rig.open(request);
    for (std::uint64_t index = 0; index < 4; ++index)
        CHECK(rig.chunk(*open, index)->chunk != nullptr);
    rig.run_ready();
    CHECK(shared.counters.origin_chunks == 4);
}

TEST_CASE("whole: a body larger than the relay's limit is refused") {
    Shared shared;
    content::OriginSettings settings;
    settings.limits.body_bytes = 2 * kChunk;
    Rig rig(shared, settings);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 200 OK\r\n\r\n").then_forever(body_of(kChunk));
    });
    const auto got = rig.get(origin.url("/endless"));
    CHECK(got.error == "origin_body_limit");
    CHECK(got.sources.size() <= 2);
}

TEST_CASE("whole: a body shorter than announced is an error, and nothing of it is kept") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(2 * kChunk + 50);
    bool lies = true;
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        auto text = reply("200 OK", "Cache-Control: max-age=60\r\n", body);
        if (lies) text.resize(text.size() - 10);
        return std::move(Script(text)).then_close();
    });
    const auto got = rig.get(origin.url("/file"));
    CHECK(got.error == "origin_truncated");
    CHECK((got.body == body.substr(0, 2 * kChunk)));
    CHECK(got.last.root.is_zero());
    lies = false;
    const auto again = rig.get(origin.url("/file"));
    CHECK((again.body == body));
    CHECK(again.hits() == 0);
}

TEST_CASE("whole: a chunked body that ends early is an error") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script(kChunkedHead + chunked_part(body_of(100)) + "fff\r\nabc").then_close();
    });
    const auto got = rig.get(origin.url("/stream"));
    CHECK(got.error == "origin_truncated");
    CHECK((got.body == ""));
}

TEST_CASE("whole: two lengths that differ are refused") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef").then_close();
    });
    CHECK(rig.get(origin.url("/file")).error == "origin_length");
}

TEST_CASE("whole: to start far into a body without ranges is possible, but bounded") {
    CacheLimits limits;
    limits.object.skip_chunks = 3;
    Shared shared({}, {}, limits);
    Rig rig(shared);
    const auto body = body_of(6 * kChunk);
    ScriptedOrigin origin(rig.io,
                          [&](const Asked&) { return Script(reply("200 OK", "ETag: \"v1\"\r\n", body)); });
    auto request = Rig::request(origin.url("/file"));
    request.first_chunk = 3;
    CHECK(rig.get(request).body == body.substr(3 * kChunk));
    request.url = ferry::base::Url::parse(origin.url("/other")).value();
    request.first_chunk = 4;
    CHECK(rig.get(request).error == "origin_no_ranges");
}

TEST_CASE("whole: every status passes with its fields and body") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return Script(reply(asked.target.substr(1) + " Whatever",
                            "X-Custom: yes\r\nConnection: X-Secret\r\nX-Secret: 1\r\n", "page"));
    });
    for (const int status : {200, 202, 300, 400, 401, 403, 404, 410, 416, 429, 500, 503}) {
        CAPTURE(status);
        const auto got = rig.get(origin.url("/" + std::to_string(status)));
        CHECK(got.error == "");
        CHECK(got.head.status == status);
        CHECK((got.body == "page"));
        CHECK(find_header(got.head.headers, "x-custom") == "yes");
        CHECK_FALSE(find_header(got.head.headers, "x-secret"));
        CHECK_FALSE(find_header(got.head.headers, "connection"));
    }
}

TEST_CASE("whole: 204 and 304 have no body") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return Script("HTTP/1.1 " + asked.target.substr(1) + " x\r\n\r\n");
    });
    for (const std::string status : {"204", "304"}) {
        const auto got = rig.get(origin.url("/" + status));
        CHECK(got.error == "");
        CHECK(std::to_string(got.head.status) == status);
        CHECK(got.head.length == 0);
        CHECK(got.sources.empty());
        CHECK_FALSE(find_header(got.head.headers, "content-length"));
    }
}

TEST_CASE("whole: an encoded body is passed on as it is") {
    Shared shared;
    Rig rig(shared);
    const std::string gzip(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00", 23);
    ScriptedOrigin origin(
        rig.io, [&](const Asked&) { return Script(reply("200 OK", "Content-Encoding: gzip\r\n", gzip)); });
    const auto got = rig.get(origin.url("/file"), {{"accept-encoding", "gzip"}});
    CHECK((got.body == gzip));
    CHECK(find_header(got.head.headers, "content-encoding") == "gzip");
    CHECK(origin.asked[0].field("accept-encoding") == "gzip");
    rig.get(origin.url("/plain"));
    CHECK(origin.asked[1].field("accept-encoding") == "");
}

TEST_CASE("whole: HEAD gives the head that GET would give") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(3 * kChunk);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return file(asked, body, "\"v1\"", "Cache-Control: max-age=60\r\n");
    });
    auto request = Rig::request(origin.url("/file"));
    request.method = "HEAD";
    const auto asked = rig.get(request);
    CHECK(asked.error == "");
    CHECK(asked.head.length == body.size());
    CHECK(asked.head.validator == "\"v1\"");
    CHECK(asked.sources.empty());
    CHECK(origin.asked[0].method == "HEAD");
    CHECK(origin.asked[0].field("range") == "");
    // From GET's entry, once there is one.
    rig.get(origin.url("/file"));
    const auto before = origin.asked.size();
    const auto cached = rig.get(request);
    CHECK(cached.head.from_cache);
    CHECK(cached.head.length == body.size());
    CHECK(cached.sources.empty());
    CHECK(origin.asked.size() == before);
}

TEST_CASE("whole: only GET and HEAD are fetched") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "")); });
    auto request = Rig::request(origin.url("/file"));
    request.method = "POST";
    CHECK(rig.get(request).error == "method_not_allowed");
    CHECK(origin.asked.empty());
}

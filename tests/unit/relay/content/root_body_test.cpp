// Content asked for by its root: from the cache or not at all, and never what belongs to one client.

#include "protocol/content/merkle.hpp"
#include "tests/unit/relay/content/rig.hpp"
#include "tests/unit/relay/shared/disk_fixture.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::relay::content::FetchRequest;
using ferry::relay::test::TemporaryDirectory;
namespace base = ferry::base;

namespace {

base::Hash256 root_of(const std::string& body) {
    ferry::content::RootBuilder builder;
    const auto bytes = base::bytes_of(body);
    for (std::size_t at = 0; at < bytes.size(); at += kChunk) {
        const auto part = bytes.subspan(at, std::min(kChunk, bytes.size() - at));
        builder.add(ferry::content::chunk_hash(base::ChunkIndex{at / kChunk}, part));
    }
    return builder.root();
}

FetchRequest by_root(const std::string& body) {
    FetchRequest request;
    request.root = root_of(body);
    return request;
}

}  // namespace

TEST_CASE("by root: what the cache holds whole is served, without its URL's head and without asking anybody") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(3 * kChunk + 1);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return file(asked, body, "\"secret\"", kCacheable + "Content-Type: text/x\r\nX-Trace: tells where\r\n");
    });
    CHECK(rig.get(by_root(body)).error == "root_not_held");
    CHECK(rig.get(origin.url("/file")).error == "");
    const auto asked = origin.asked.size();
    rig.now = rig.now + std::chrono::hours(24);  // content does not grow old
    const auto got = rig.get(by_root(body));
    CHECK(got.error == "");
    CHECK((got.body == body));
    CHECK(got.hits() == 4);
    CHECK(got.head.root == root_of(body));
    CHECK(got.head.chunk_hashes.size() == 4);
    CHECK(got.head.length == body.size());
    CHECK(got.head.validator == "\"" + root_of(body).hex() + "\"");
    CHECK(got.head.fetched_at == rig.now);
    CHECK(ferry::content::find_header(got.head.headers, "content-type") == "text/x");
    CHECK_FALSE(ferry::content::find_header(got.head.headers, "x-trace"));
    CHECK_FALSE(ferry::content::find_header(got.head.headers, "etag"));
    CHECK(origin.asked.size() == asked);
    const auto known = rig.source->peek(by_root(body));
    CHECK(known.length == body.size());
    CHECK(known.held_bytes == body.size());
}

TEST_CASE("by root: a part, and an object that is another than the client has") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(3 * kChunk + 1);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK(rig.get(origin.url("/file")).error == "");
    auto part = by_root(body);
    part.first_chunk = 2;
    part.chunk_count = 1;
    CHECK((rig.get(part).body == body.substr(2 * kChunk, kChunk)));
    part.first_chunk = 4;
    CHECK(rig.get(part).error == "chunk_beyond_end");
    part.first_chunk = 1;
    part.if_validator = "\"v1\"";
    CHECK(rig.get(part).error == "object_changed");
    auto head = by_root(body);
    head.method = "HEAD";
    CHECK(rig.get(head).head.length == body.size());
    CHECK(rig.get(head).body.empty());
}

TEST_CASE("by root: what is private, must not be stored, is an error page or is not whole is not found") {
    struct Case {
        const char* name;
        std::string fields, status;
        ferry::content::Headers request;
    };
    const std::vector<Case> cases{{"no-store", "Cache-Control: no-store\r\n", "200 OK", {}},
                                  {"private", "Cache-Control: private, max-age=60\r\n", "200 OK", {}},
                                  {"cookie", kCacheable, "200 OK", {{"cookie", "a=b"}}},
                                  {"an error page", kCacheable, "404 Not Found", {}}};
    for (const auto& each : cases) {
        CAPTURE(each.name);
        Shared shared;
        Rig rig(shared);
        ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply(each.status, each.fields, "page of one")); });
        CHECK(rig.get(origin.url("/"), each.request).body == "page of one");
        CHECK(rig.get(by_root("page of one")).error == "root_not_held");
        CHECK(shared.cache.roots().size() == 0);
    }
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(40 * kChunk);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    auto part = Rig::request(origin.url("/file"));
    part.chunk_count = 1;
    CHECK(rig.get(part).error == "");
    CHECK(rig.get(by_root(body)).error == "root_not_held");
}

TEST_CASE("by root: a body that hashes like a node of the tree is not found") {
    Shared shared;
    Rig rig(shared);
    const std::string body(64, 'x');
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK((rig.get(origin.url("/file")).body == body));
    CHECK(rig.get(by_root(body)).error == "root_not_held");
}

TEST_CASE("by root: survives a restart, and what was let go is not found") {
    const TemporaryDirectory directory;
    CacheSettings settings;
    settings.free_reserve_bytes = 0;
    const auto body = body_of(2 * kChunk + 1);
    {
        Shared shared(settings, directory.path());
        Rig rig(shared);
        ScriptedOrigin origin(rig.io, [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
        CHECK(rig.get(origin.url("/file")).error == "");
        shared.cache.flush();
    }
    Shared shared(settings, directory.path());
    Rig rig(shared);
    CHECK((rig.get(by_root(body)).body == body));
    const auto object = shared.cache.roots().find(root_of(body));
    REQUIRE(object);
    shared.cache.forget(*object);
    CHECK(rig.get(by_root(body)).error == "root_not_held");
}

#include "tests/unit/relay/content/rig.hpp"
#include "tests/unit/relay/shared/disk_fixture.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::relay::test::chunk_files_in;
using ferry::relay::test::flip_a_bit;
using ferry::relay::test::TemporaryDirectory;

namespace {

CacheSettings no_memory() {
    CacheSettings settings;
    settings.memory_bytes = 0;
    settings.free_reserve_bytes = 0;
    return settings;
}

/// A relay's life: starts on what an earlier one left in the directory.
struct Life {
    explicit Life(const TemporaryDirectory& directory, CacheSettings settings = no_memory())
        : shared(settings, directory.path()), rig(shared) {}
    ~Life() { shared.cache.flush(); }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    Shared shared;
    Rig rig;
};

}  // namespace

TEST_CASE("content on disk: is served from there when memory has let it go") {
    const TemporaryDirectory directory;
    Life life(directory);
    const auto body = body_of(5 * kChunk + 1);
    ScriptedOrigin origin(life.rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK((life.rig.get(origin.url("/file")).body == body));
    life.shared.cache.flush();
    const auto again = life.rig.get(origin.url("/file"));
    CHECK((again.body == body));
    CHECK(again.hits() == 6);
    CHECK(life.shared.counters.disk_hits == 6);
    CHECK(life.shared.counters.memory_hits == 0);
    CHECK(origin.asked.size() == 1);
}

TEST_CASE("content on disk: survives a restart, with what a client was told of it") {
    const TemporaryDirectory directory;
    const auto body = body_of(5 * kChunk + 1);
    Got first;
    std::string url;
    {
        Life life(directory);
        ScriptedOrigin origin(life.rig.io,
                              [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
        url = origin.url("/file");
        first = life.rig.get(url);
    }
    Life life(directory);
    const auto again = life.rig.get(url);
    CHECK(again.error == "");
    CHECK((again.body == body));
    CHECK(again.hits() == 6);
    CHECK(again.head.root == first.last.root);
    CHECK(again.head.chunk_hashes == first.hashes);
    CHECK(again.head.validator == "\"v1\"");
}

TEST_CASE("content on disk: an interrupted download goes on after a restart where it stopped") {
    const TemporaryDirectory directory;
    const auto body = body_of(6 * kChunk);
    std::vector<std::string> ranges;
    std::uint16_t port = 0;
    const auto answer = [&](const Asked& asked) {
        ranges.push_back(asked.field("range"));
        return file(asked, body, "\"v1\"", kCacheable);
    };
    const auto key_host = std::string("site.example");
    {
        Life life(directory);
        life.rig.resolver.answer(key_host, {"127.0.0.1"});
        ScriptedOrigin origin(life.rig.io, answer);
        port = origin.port();
        auto request = Rig::request(origin.url("/file", key_host));
        request.chunk_count = 2;
        CHECK((life.rig.get(request).body == body.substr(0, 2 * kChunk)));
    }
    Life life(directory);
    const auto request = Rig::request("http://" + key_host + ":" + std::to_string(port) + "/file");
    CHECK(life.rig.source->peek(request).held_bytes == 2 * kChunk);
    CHECK(life.rig.source->peek(request).length == body.size());
}

TEST_CASE("content on disk: a flipped bit is a miss, not a lie") {
    const TemporaryDirectory directory;
    const auto body = body_of(3 * kChunk);
    Life life(directory);
    ScriptedOrigin origin(life.rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    life.rig.get(origin.url("/file"));
    life.shared.cache.flush();
    const auto files = chunk_files_in(directory.path());
    REQUIRE(files.size() == 3);
    flip_a_bit(files[1], 200'000);
    const auto again = life.rig.get(origin.url("/file"));
    CHECK(again.error == "");
    CHECK((again.body == body));
    CHECK(again.hits() == 2);
    CHECK(life.shared.counters.disk_corrupt == 1);
    CHECK(origin.asked.size() == 2);
    life.shared.cache.flush();
    const auto healed = life.rig.get(origin.url("/file"));
    CHECK(healed.hits() == 3);
}

TEST_CASE("content on disk: a disk without room changes nothing but that it is said") {
    const TemporaryDirectory directory;
    auto settings = no_memory();
    settings.memory_bytes = 100 * kChunk;
    settings.free_reserve_bytes = std::uint64_t{1} << 60U;
    Life life(directory, settings);
    const auto body = body_of(20 * kChunk);
    ScriptedOrigin origin(life.rig.io,
                          [&](const Asked& asked) { return file(asked, body, "\"v1\"", kCacheable); });
    CHECK((life.rig.get(origin.url("/file")).body == body));
    life.shared.cache.flush();
    CHECK_FALSE(life.shared.cache.use().disk_writable);
    CHECK(life.shared.counters.disk_failures >= 1);
    const auto again = life.rig.get(origin.url("/file"));
    CHECK((again.body == body));
    CHECK(again.hits() == 20);
    CHECK(origin.asked.size() == 2);
}

TEST_CASE("content on disk: what is private never gets there") {
    const TemporaryDirectory directory;
    Life life(directory);
    ScriptedOrigin origin(life.rig.io, [&](const Asked&) {
        return Script(reply("200 OK", "Cache-Control: private, max-age=60\r\n", body_of(kChunk + 1)));
    });
    CHECK(life.rig.get(origin.url("/mine")).body.size() == kChunk + 1);
    life.shared.cache.flush();
    CHECK(chunk_files_in(directory.path()).empty());
    CHECK(life.shared.counters.disk_writes == 0);
}

#include "relay/shared/content_cache.hpp"

#include "protocol/content/geometry.hpp"
#include "tests/unit/relay/shared/disk_fixture.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::test;
using ferry::content::kChunkBytes;

namespace {

ObjectHead a_head(std::string validator = "\"v1\"", std::optional<std::uint64_t> length = 3 * kChunkBytes) {
    ObjectHead head;
    head.status = 200;
    head.headers = {{"content-type", "text/plain"}};
    head.length = length;
    head.validator = std::move(validator);
    head.ranges = true;
    head.fetched_at = ferry::base::Time::from_seconds(1000);
    head.age_when_fetched = std::chrono::seconds{5};
    head.expires_at = ferry::base::Time::from_seconds(2000);
    return head;
}

struct CacheFixture {
    CacheFixture() { open(); }
    void open() {
        cache.reset();
        cache = std::make_unique<ContentCache>(settings, directory.path(), pool, counters, limits);
    }
    void keep(Object& object, std::uint64_t index, const ChunkPtr& chunk) {
        CHECK(object.arrived(object.launch({index, index + 1}), index, chunk));
        cache->save_chunk(object, index, chunk);
    }

    CacheSettings settings{1U << 20U, 1U << 30U, 0};
    CacheLimits limits;
    TemporaryDirectory directory;
    BlockingPool pool{2};
    ContentCounters counters;
    std::unique_ptr<ContentCache> cache;
    UrlKey key = UrlKey::random();
};

}  // namespace

TEST_CASE("content cache: an object is found by its key until it is forgotten or broken") {
    CacheFixture f;
    const auto object = f.cache->make_object(a_head(), CachePlace{f.key, {{"accept", "a"}}});
    CHECK(f.cache->find(f.key, {{"accept", "a"}}) == nullptr);
    f.cache->publish(object);
    CHECK(f.cache->find(f.key, {{"accept", "a"}}) == object);
    CHECK(f.cache->find(f.key, {{"accept", "b"}}) == nullptr);
    f.cache->forget(*object);
    CHECK(f.cache->find(f.key, {{"accept", "a"}}) == nullptr);
    const auto other = f.cache->make_object(a_head(), CachePlace{f.key, {}});
    f.cache->publish(other);
    other->break_off(ferry::base::peer_fault("origin_changed", ""));
    CHECK(f.cache->find(f.key, {}) == nullptr);
    CHECK(f.cache->use().objects == 0);
}

TEST_CASE("content cache: after a restart objects, times, variants and chunks are as they were") {
    CacheFixture f;
    const ferry::content::Headers selecting{{"accept-language", "de"}};
    const auto object = f.cache->make_object(a_head(), CachePlace{f.key, selecting});
    f.cache->publish(object);
    for (std::uint64_t i = 0; i < 3; ++i)
        f.keep(*object, i, disk_chunk(i, kChunkBytes));
    f.open();
    const auto again = f.cache->find(f.key, selecting);
    REQUIRE(again != nullptr);
    CHECK(*again->head() == a_head());
    CHECK(again->id() == object->id());
    CHECK(again->root() == object->root());
    CHECK(again->complete());
    for (std::uint64_t i = 0; i < 3; ++i) {
        CHECK(f.cache->holds(*again, i));
        CHECK(again->hash_of(i) == disk_chunk(i, kChunkBytes)->hash);
    }
    CHECK(f.cache->find(f.key, {}) == nullptr);
    CHECK(f.cache->use().disk_bytes == 3 * kChunkBytes);
    CHECK(f.cache->use().memory_bytes == 0);
}

TEST_CASE("content cache: a part survives only if it has a validator") {
    CacheFixture f;
    const auto other = UrlKey::random();
    const auto strong = f.cache->make_object(a_head(), CachePlace{f.key, {}});
    const auto weak = f.cache->make_object(a_head(""), CachePlace{other, {}});
    f.cache->publish(strong);
    f.cache->publish(weak);
    f.keep(*strong, 0, disk_chunk(0, kChunkBytes));
    f.keep(*weak, 0, disk_chunk(0, kChunkBytes));
    f.open();
    CHECK(f.cache->find(f.key, {}) != nullptr);
    CHECK(f.cache->find(other, {}) == nullptr);
    CHECK(f.cache->use().objects == 1);
}

TEST_CASE("content cache: an object without a validator survives when it is whole") {
    CacheFixture f;
    const auto weak = f.cache->make_object(a_head("", 10), CachePlace{f.key, {}});
    f.cache->publish(weak);
    f.keep(*weak, 0, disk_chunk(0, 10));
    f.cache->save_head(*weak);
    f.open();
    REQUIRE(f.cache->find(f.key, {}) != nullptr);
    CHECK(f.cache->find(f.key, {})->complete());
}

TEST_CASE("content cache: what replaces an object takes its chunks off the disk") {
    CacheFixture f;
    const auto old = f.cache->make_object(a_head(), CachePlace{f.key, {}});
    f.cache->publish(old);
    f.keep(*old, 0, disk_chunk(0, kChunkBytes));
    f.cache->flush();
    CHECK(chunk_files_in(f.directory.path()).size() == 1);
    f.cache->publish(f.cache->make_object(a_head("\"v2\""), CachePlace{f.key, {}}));
    f.cache->flush();
    CHECK(chunk_files_in(f.directory.path()).empty());
    // What still arrives for the old one is not stored.
    f.keep(*old, 1, disk_chunk(1, kChunkBytes));
    f.cache->flush();
    CHECK(chunk_files_in(f.directory.path()).empty());
}

TEST_CASE("content cache: without a directory, or with one that cannot be used, it works from memory") {
    CacheFixture f;
    const auto use = [&](const std::filesystem::path& directory) {
        ContentCache cache(f.settings, directory, f.pool, f.counters);
        const auto object = cache.make_object(a_head(), CachePlace{f.key, {}});
        cache.publish(object);
        const auto chunk = disk_chunk(0, kChunkBytes);
        CHECK(object->arrived(object->launch({0, 1}), 0, chunk));
        cache.save_chunk(*object, 0, chunk);
        CHECK(cache.holds(*object, 0));
        return cache.use();
    };
    CHECK(use({}).disk_writable);
    std::ofstream(f.directory.path() / "file") << "x";
    CHECK_FALSE(use(f.directory.path() / "file" / "below").disk_writable);
}

TEST_CASE("object head: what is packed is unpacked, what is damaged is refused") {
    auto head = a_head();
    const ferry::content::Headers selecting{{"accept", ""}, {"accept-language", "de, en"}};
    const auto packed = pack(head, selecting);
    const auto read = unpack_stored_head(ferry::base::ByteView{packed});
    REQUIRE(read);
    CHECK(read->head == head);
    CHECK(read->selecting == selecting);
    head.length.reset();
    const auto unknown = pack(head, {});
    CHECK(unpack_stored_head(ferry::base::ByteView{unknown})->head == head);
    for (std::size_t cut = 0; cut < packed.size(); ++cut) {
        CHECK_FALSE(unpack_stored_head(ferry::base::ByteView{packed}.first(cut)));
    }
}

TEST_CASE("content cache: roots of whole objects are told, those asked for last first") {
    CacheFixture f;
    const auto whole = f.cache->make_object(a_head("\"v1\"", kChunkBytes), CachePlace{f.key, {}});
    // Side by side in the index: keys that begin alike are kept together.
    const auto beside = [&f](std::uint8_t last) {
        auto key = f.key;
        key.data[31] = static_cast<std::uint8_t>(key.data[31] + last);
        return key;
    };
    const auto half = f.cache->make_object(a_head(), CachePlace{beside(1), {}});
    const auto broken = f.cache->make_object(a_head("\"v2\"", kChunkBytes), CachePlace{beside(2), {}});
    for (const auto& object : {whole, half, broken}) {
        f.cache->publish(object);
        CHECK(object->learn(0, ferry::base::Hash256::random()));
    }
    broken->break_off(ferry::base::peer_fault("origin_changed", ""));
    CHECK(f.cache->recent_roots(10) == std::vector{whole->root().value()});
    CHECK(f.cache->recent_roots(0).empty());
}

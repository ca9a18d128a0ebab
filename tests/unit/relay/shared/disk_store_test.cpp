#include "relay/shared/disk_index.hpp"
#include "tests/unit/relay/shared/disk_fixture.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>

using namespace ferry::relay;
using namespace ferry::relay::test;
using ferry::base::ChunkIndex;

namespace {

ChunkKey key_of(const ObjectId& object, std::uint64_t index) {
    return {object, ChunkIndex{index}};
}

StoredObject stored(const ObjectId& id) {
    return {id, UrlKey::random(), {1, 2, 3}};
}

/// No file may grow beyond `bytes` while this lives: what a full disk or a quota does, without filling one.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : old_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &old_);
        rlimit limit = old_;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &old_);
        std::signal(SIGXFSZ, old_signal_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    void (*old_signal_)(int);
    rlimit old_{};
};

}  // namespace

TEST_CASE("disk: what was written is read again, checked") {
    DiskFixture disk;
    const auto key = key_of(ObjectId::random(), 3);
    CHECK_FALSE(disk.store->read(key, {}));
    disk.write(key);
    CHECK(disk.store->contains(key));
    const auto read = disk.store->read(key, {});
    REQUIRE(read);
    CHECK(read->bytes == disk_chunk(3)->bytes);
    CHECK(read->hash == disk_chunk(3)->hash);
    CHECK(disk.store->bytes() == 8192);
    CHECK(disk.counters.disk_writes == 1);
    disk.write(key);
    CHECK(disk.counters.disk_writes == 1);
}

TEST_CASE("disk: a flipped bit, a cut file and a missing one are misses, counted and removed") {
    DiskFixture disk;
    const auto key = key_of(ObjectId::random(), 0);
    disk.write(key);
    const auto file = chunk_files_in(disk.directory.path()).at(0);
    SUBCASE("flipped") {
        flip_a_bit(file);
    }
    SUBCASE("cut") {
        fs::resize_file(file, 4999);
    }
    SUBCASE("grown") {
        fs::resize_file(file, 5001);
    }
    SUBCASE("empty") {
        fs::resize_file(file, 0);
    }
    SUBCASE("far too large") {
        fs::resize_file(file, 10'000'000);
    }
    SUBCASE("missing") {
        fs::remove(file);
    }
    SUBCASE("another chunk's bytes") {
        const auto other = key_of(key.object, 1);
        disk.write(other);
        for (const auto& path : chunk_files_in(disk.directory.path())) {
            if (path != file) fs::copy_file(path, file, fs::copy_options::overwrite_existing);
        }
    }
    CHECK_FALSE(disk.store->read(key, {}));
    disk.store->flush();
    CHECK(disk.counters.disk_corrupt == 1);
    CHECK_FALSE(disk.store->contains(key));
    CHECK_FALSE(fs::exists(file));
    disk.write(key);
    CHECK(disk.store->read(key, {}));
    CHECK(disk.counters.disk_corrupt == 1);
}

TEST_CASE("disk: the least used chunks go when there are too many bytes") {
    DiskFixture disk({3 * 8192, 0, 64U << 20U, std::chrono::milliseconds{0}});
    const auto object = ObjectId::random();
    for (std::uint64_t i = 0; i < 3; ++i)
        disk.write(key_of(object, i));
    CHECK(disk.store->read(key_of(object, 0), {}));
    disk.write(key_of(object, 3));
    CHECK(disk.store->contains(key_of(object, 0)));
    CHECK_FALSE(disk.store->contains(key_of(object, 1)));
    CHECK(chunk_files_in(disk.directory.path()).size() == 3);
    CHECK(disk.store->bytes() == 3 * 8192);
}

TEST_CASE(
    "disk: a relay that starts again finds objects and chunks, and nothing that does not belong to them") {
    DiskFixture disk;
    const auto object = stored(ObjectId::random());
    const auto removed = stored(ObjectId::random());
    const auto unknown = ObjectId::random();
    disk.store->put(object);
    disk.store->put(removed);
    for (std::uint64_t i = 0; i < 4; ++i)
        disk.write(key_of(object.id, i));
    disk.write(key_of(removed.id, 0));
    disk.write(key_of(unknown, 0));
    disk.store->remove(removed.id);
    disk.store->flush();
    fs::remove(disk.directory.path() / "chunks" / object.id.hex().substr(0, 2) /
               ChunkFiles::name_of(key_of(object.id, 2)));
    std::ofstream(disk.directory.path() / "chunks" / "00" / "stranger") << "x";

    disk.open();
    REQUIRE(disk.recovered.size() == 1);
    CHECK(disk.recovered[0].object.id == object.id);
    CHECK(disk.recovered[0].object.key == object.key);
    CHECK(disk.recovered[0].object.head == object.head);
    std::vector<std::uint64_t> numbers;
    for (const auto& chunk : disk.recovered[0].chunks)
        numbers.push_back(chunk.key.index.value);
    CHECK(numbers == std::vector<std::uint64_t>{0, 1, 3});
    CHECK(disk.recovered[0].chunks[1].hash == disk_chunk(1)->hash);
    CHECK(disk.store->read(key_of(object.id, 3), {}));
    CHECK_FALSE(disk.store->contains(key_of(unknown, 0)));
    CHECK(chunk_files_in(disk.directory.path()).size() == 3);
    CHECK(disk.store->bytes() == 3 * 8192);
}

TEST_CASE("disk: a bit that flips while the relay is down is found as well") {
    DiskFixture disk;
    const auto object = stored(ObjectId::random());
    disk.store->put(object);
    disk.write(key_of(object.id, 0));
    flip_a_bit(chunk_files_in(disk.directory.path()).at(0));
    disk.open();
    CHECK(disk.store->contains(key_of(object.id, 0)));
    CHECK_FALSE(disk.store->read(key_of(object.id, 0), {}));
    CHECK(disk.counters.disk_corrupt == 1);
}

TEST_CASE("disk: an index that is damaged is replaced, and the chunks that it knew are removed") {
    DiskFixture disk;
    const auto object = stored(ObjectId::random());
    disk.store->put(object);
    disk.write(key_of(object.id, 0));
    disk.close();
    for (const char* suffix : {"-wal", "-shm"})
        fs::remove(disk.directory.path() / ("index.sqlite" + std::string(suffix)));
    std::ofstream(disk.directory.path() / "index.sqlite", std::ios::binary) << std::string(10'000, 'x');
    disk.open();
    CHECK(disk.recovered.empty());
    CHECK(chunk_files_in(disk.directory.path()).empty());
    disk.write(key_of(object.id, 0));
    CHECK(disk.store->read(key_of(object.id, 0), {}));
}

TEST_CASE("disk: an index that somebody else holds locked is left as it is") {
    DiskFixture disk;
    const auto object = stored(ObjectId::random());
    disk.store->put(object);
    disk.close();
    const auto file = disk.directory.path() / "index.sqlite";
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; DELETE FROM chunks", nullptr, nullptr, nullptr) ==
            SQLITE_OK);
    const auto refused = DiskIndex::open(file, std::chrono::milliseconds{0});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "disk_unusable");
    sqlite3_close(other);
    disk.open();
    CHECK(disk.recovered.size() == 1);
}

TEST_CASE("disk: a full disk stops the writing, says so once, and is tried again") {
    DiskFixture disk;
    const auto object = ObjectId::random();
    disk.write(key_of(object, 0));
    {
        const FileSizeLimit full(4096);
        disk.write(key_of(object, 1));
        CHECK_FALSE(disk.store->writable());
        CHECK_FALSE(disk.store->contains(key_of(object, 1)));
        CHECK(disk.counters.disk_failures >= 1);
        // What was there can still be read, and no torn file is left.
        CHECK(disk.store->read(key_of(object, 0), {}));
        CHECK(chunk_files_in(disk.directory.path()).size() == 1);
    }
    disk.write(key_of(object, 2));
    CHECK(disk.store->writable());
    CHECK(disk.store->read(key_of(object, 2), {}));
}

TEST_CASE("disk: while it is full nothing is written before the time to try again") {
    DiskFixture disk({1U << 30U, 0, 64U << 20U, std::chrono::hours{1}});
    {
        const FileSizeLimit full(4096);
        disk.write(key_of(ObjectId::random(), 1));
    }
    disk.write(key_of(ObjectId::random(), 2));
    CHECK(disk.counters.disk_writes == 0);
    CHECK(disk.counters.disk_writes_skipped == 1);
    CHECK_FALSE(disk.store->writable());
}

TEST_CASE("disk: the file system's reserve is not touched; own old chunks go first") {
    DiskFixture disk;
    const auto object = ObjectId::random();
    disk.write(key_of(object, 0));
    disk.limits.free_reserve = std::uint64_t{1} << 60U;
    disk.store->put(stored(object));
    disk.open();
    CHECK(disk.store->contains(key_of(object, 0)));
    disk.write(key_of(object, 1));
    CHECK_FALSE(disk.store->contains(key_of(object, 0)));
    CHECK_FALSE(disk.store->contains(key_of(object, 1)));
    CHECK_FALSE(disk.store->writable());
}

TEST_CASE("disk: more than may be queued is not stored") {
    DiskFixture disk({1U << 30U, 0, 6000, std::chrono::milliseconds{0}});
    const auto object = ObjectId::random();
    // Larger than the whole queue: never.
    disk.write(key_of(object, 0), 7000);
    CHECK(disk.counters.disk_writes_skipped == 1);
    disk.write(key_of(object, 1), 5000);
    CHECK(disk.store->contains(key_of(object, 1)));
}

TEST_CASE("disk: a directory that cannot be used is an error that says so") {
    const TemporaryDirectory directory;
    std::ofstream(directory.path() / "file") << "x";
    BlockingPool pool(1);
    ContentCounters counters;
    const auto opened = DiskStore::open(directory.path() / "file" / "cache", DiskLimits{}, pool, counters);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "disk_unusable");
}

#pragma once
// A DiskStore on a directory of its own, and what the tests of the disk do to it.

#include "protocol/content/merkle.hpp"
#include "relay/shared/disk_store.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace ferry::relay::test {

namespace fs = std::filesystem;

inline ChunkPtr disk_chunk(std::uint64_t index, std::size_t size = 5000, std::uint8_t seed = 1) {
    auto chunk = std::make_shared<Chunk>();
    chunk->bytes.resize(size);
    for (std::size_t i = 0; i < size; ++i)
        chunk->bytes[i] = static_cast<std::uint8_t>(i * 7 + index + seed);
    chunk->hash = ferry::content::chunk_hash(base::ChunkIndex{index}, base::ByteView{chunk->bytes});
    return chunk;
}

inline std::vector<fs::path> chunk_files_in(const fs::path& directory) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory / "chunks")) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
}

inline void flip_a_bit(const fs::path& file, std::streamoff at = 100) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(at);
    stream.put(byte);
}

struct DiskFixture {
    explicit DiskFixture(DiskLimits wanted = {1U << 30U, 0, 64U << 20U, std::chrono::milliseconds{0}})
        : limits(wanted) {
        open();
    }

    /// As a relay that starts: what an earlier run left is in `recovered`.
    void open() {
        close();
        store = DiskStore::open(directory.path(), limits, pool, counters).value();
        recovered = store->recover();
    }
    void close() {
        if (store) store->close();
        store.reset();
    }
    void write(const ChunkKey& key, std::size_t size = 5000) {
        store->write(key, disk_chunk(key.index.value, size));
        store->flush();
    }

    DiskLimits limits;
    TemporaryDirectory directory;
    BlockingPool pool{2};
    ContentCounters counters;
    std::shared_ptr<DiskStore> store;
    std::vector<DiskStore::Recovered> recovered;
};

}  // namespace ferry::relay::test

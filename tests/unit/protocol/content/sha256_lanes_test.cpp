#include "protocol/content/sha256_lanes.hpp"

#include "protocol/base/hash.hpp"
#include "tests/unit/protocol/content/tree_oracle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace ferry;
using base::ByteView;
using base::Hash256;

namespace {

std::vector<Hash256> one_by_one(ByteView messages, std::size_t message_bytes, std::size_t count) {
    std::vector<Hash256> hashes;
    for (std::size_t i = 0; i < count; ++i) {
        hashes.push_back(base::sha256(messages.subspan(i * message_bytes, message_bytes)));
    }
    return hashes;
}

}  // namespace

TEST_CASE("sha256 lanes: every engine of this machine gives the hashes of the library") {
    for (const content::Sha256Engine& engine : content::sha256_engines()) {
        CAPTURE(engine.name);
        for (const std::size_t message_bytes : {0U, 64U, 128U, 192U, 1'024U, 16'384U}) {
            CAPTURE(message_bytes);
            const base::Bytes messages = content::oracle::body_of(message_bytes * engine.lanes + 1);
            std::vector<Hash256> hashes(engine.lanes);
            engine.run(messages.data(), message_bytes, hashes.data());
            CHECK(hashes == one_by_one(messages, message_bytes, engine.lanes));
        }
    }
}

TEST_CASE("sha256 lanes: engines come widest first and one of a single lane comes last") {
    const auto engines = content::sha256_engines();
    REQUIRE(!engines.empty());
    CHECK(std::is_sorted(engines.begin(), engines.end(),
                         [](const auto& a, const auto& b) { return a.lanes > b.lanes; }));
    CHECK(engines.back().name == "library");
    CHECK(engines.back().lanes == 1);
}

TEST_CASE("sha256 lanes: any number of messages is hashed, each in its place, and nothing behind them") {
    const base::Bytes messages = content::oracle::body_of(40 * 64);
    for (std::size_t count = 0; count <= 40; ++count) {
        CAPTURE(count);
        const ByteView used = ByteView{messages}.first(count * 64);
        std::vector<Hash256> hashes(count + 1);
        content::sha256_each(used, 64, std::span{hashes}.first(count));
        CHECK(hashes.back().is_zero());
        hashes.pop_back();
        CHECK(hashes == one_by_one(used, 64, count));
    }
}

TEST_CASE("sha256 lanes: messages need not be aligned") {
    const base::Bytes messages = content::oracle::body_of(16 * 64 + 1);
    std::vector<Hash256> hashes(16);
    content::sha256_each(ByteView{messages}.subspan(1), 64, hashes);
    CHECK(hashes == one_by_one(ByteView{messages}.subspan(1), 64, 16));
}

TEST_CASE("sha256 lanes: hashes in a row are one run of bytes") {
    const std::vector<Hash256> hashes{base::sha256(base::bytes_of("a")), base::sha256(base::bytes_of("b"))};
    const ByteView run = content::bytes_of_hashes(hashes);
    CHECK(base::to_hex(run) == hashes[0].hex() + hashes[1].hex());
}

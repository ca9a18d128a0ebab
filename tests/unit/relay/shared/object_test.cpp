#include "relay/shared/object.hpp"

#include "protocol/content/geometry.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using ferry::content::kChunkBytes;

namespace {

struct Fixture {
    explicit Fixture(std::string validator = "\"v1\"", bool ranges = true,
                     std::optional<std::uint64_t> length = 40 * kChunkBytes)
        : object(ObjectId::random(), head(std::move(validator), ranges, length), CachePlace{},
                 {&memory, ObjectLimits{}, count}) {}

    static ObjectHead head(std::string validator, bool ranges, std::optional<std::uint64_t> length) {
        ObjectHead head;
        head.status = 200;
        head.validator = std::move(validator);
        head.ranges = ranges;
        head.length = length;
        return head;
    }

    /// A step's outcome in one word.
    std::string want(ReaderId reader, std::uint64_t index) {
        const auto wanted = object.want(
            reader, index, [&](std::uint64_t i) { return memory.contains(object.key_of(i)); },
            [this](Arrival arrival) { arrivals.push_back(std::move(arrival)); });
        if (!wanted) return wanted.error().code;
        if (wanted->chunk) return "chunk";
        if (wanted->body_ends) return "end";
        if (!wanted->launch) return "wait";
        flight = wanted->launch->flight;
        const auto& span = wanted->launch->span;
        return "fetch " + std::to_string(span.first) + "-" +
               (span.end == kNoEnd ? "end" : std::to_string(span.end));
    }
    ferry::base::Result<bool> bring(FlightId by, std::uint64_t index, std::uint8_t seed = 0) {
        auto chunk = std::make_shared<Chunk>();
        chunk->bytes.assign(10, seed);
        chunk->hash.data[0] = static_cast<std::uint8_t>(index);
        chunk->hash.data[1] = seed;
        return object.arrived(by, index, chunk);
    }

    ChunkMemory memory{1 << 20};
    std::shared_ptr<HashCount> count = std::make_shared<HashCount>(0);
    Object object;
    FlightId flight = 0;
    std::vector<Arrival> arrivals;
};

}  // namespace

TEST_CASE("object: the first who wants a chunk fetches a run, the second waits") {
    Fixture f;
    const auto a = f.object.join({0, kNoEnd}).reader;
    const auto b = f.object.join({0, kNoEnd}).reader;
    CHECK(f.want(a, 3) == "fetch 3-19");
    CHECK(f.want(b, 3) == "wait");
    CHECK(f.want(b, 18) == "wait");
    CHECK(f.bring(f.flight, 3).value());
    CHECK(f.arrivals.size() == 2);
    CHECK(f.want(b, 3) == "chunk");
}

TEST_CASE("object: a run ends where the body, the reader's interest, another flight or a held chunk begins") {
    Fixture f;
    const auto reader = f.object.join({0, kNoEnd}).reader;
    const auto brief = f.object.join({0, 5}).reader;
    CHECK(f.want(reader, 35) == "fetch 35-40");
    CHECK(f.want(reader, 30) == "fetch 30-35");
    CHECK(f.want(brief, 3) == "fetch 3-5");
    f.memory.put(f.object.key_of(8), std::make_shared<const Chunk>());
    CHECK(f.want(reader, 6) == "fetch 6-8");
    CHECK(f.want(reader, 40) == "end");
}

TEST_CASE("object: the next run is planned when its reader is half through the last") {
    Fixture f;
    const auto reader = f.object.join({0, kNoEnd}).reader;
    const auto held = [&](std::uint64_t i) { return f.memory.contains(f.object.key_of(i)); };
    CHECK(f.want(reader, 0) == "fetch 0-16");
    for (std::uint64_t i = 0; i < 16; ++i)
        f.bring(f.flight, i);
    f.object.landed(f.flight, std::nullopt);
    CHECK_FALSE(f.object.plan_ahead(reader, 7, held));
    const auto launch = f.object.plan_ahead(reader, 8, held);
    REQUIRE(launch);
    CHECK(launch->span == ChunkSpan{16, 32});
    CHECK_FALSE(f.object.plan_ahead(reader, 9, held));
}

TEST_CASE("object: without ranges the whole is fetched again, but not to skip too much") {
    Fixture f("\"v1\"", false, std::nullopt);
    const auto reader = f.object.join({0, kNoEnd}).reader;
    CHECK(f.want(reader, 1024) == "fetch 0-end");
    f.object.cancel(f.flight);
    f.object.leave(reader);
    Fixture far("\"v1\"", false, std::nullopt);
    CHECK(far.want(far.object.join({0, kNoEnd}).reader, 1025) == "origin_no_ranges");
}

TEST_CASE("object: parts without a validator are not fetched again; a broken flight breaks such an object") {
    Fixture f("", false);
    const auto reader = f.object.join({0, kNoEnd}).reader;
    const auto flight = f.object.launch({0, kNoEnd});
    CHECK(f.want(reader, 0) == "wait");
    f.object.failed(flight, ferry::base::peer_fault("origin_truncated", ""));
    CHECK(f.object.broken());
    CHECK(std::get<ferry::base::Error>(f.arrivals.at(0)).code == "origin_truncated");
    CHECK(f.want(reader, 0) == "origin_truncated");
    Fixture strong;
    strong.want(strong.object.join({0, kNoEnd}).reader, 0);
    strong.object.failed(strong.flight, ferry::base::peer_fault("origin_truncated", ""));
    CHECK_FALSE(strong.object.broken());
}

TEST_CASE("object: other bytes for a chunk that was seen before mean that the object changed") {
    Fixture f;
    const auto reader = f.object.join({0, kNoEnd}).reader;
    f.want(reader, 0);
    CHECK(f.bring(f.flight, 0, 1));
    CHECK(f.bring(f.flight, 0, 1));
    CHECK(f.bring(f.flight, 0, 2).error().code == "origin_changed");
    f.object.break_off(ferry::base::peer_fault("origin_changed", ""));
    CHECK(f.object.broken());
    CHECK(f.want(reader, 5) == "origin_changed");
}

TEST_CASE("object: a body of unknown length ends where the flight ends") {
    Fixture f("", false, std::nullopt);
    const auto reader = f.object.join({0, kNoEnd}).reader;
    const auto flight = f.object.launch({0, kNoEnd});
    f.bring(flight, 0);
    CHECK(f.want(reader, 1) == "wait");
    CHECK_FALSE(f.object.complete());
    f.object.landed(flight, 10);
    CHECK(std::holds_alternative<BodyEnds>(f.arrivals.at(0)));
    CHECK(f.object.head()->length == 10);
    CHECK(f.object.complete());
    CHECK(f.want(reader, 1) == "end");
}

TEST_CASE("object: a flight that is wanted again is not cancelled") {
    Fixture f;
    const auto first = f.object.join({0, kNoEnd}).reader;
    f.want(first, 0);
    bool cancelled = false;
    f.object.control(f.flight, {[] {}, [&] { cancelled = true; }});
    f.object.leave(first);
    CHECK(cancelled);
    const auto second = f.object.join({0, kNoEnd}).reader;
    CHECK_FALSE(f.object.cancel(f.flight));
    CHECK(f.want(second, 0) == "wait");
    f.object.leave(second);
    CHECK(f.object.cancel(f.flight));
}

TEST_CASE("object: a confirmation brings new times and keeps what names the object") {
    Fixture f;
    auto confirmed = *f.object.head();
    confirmed.validator = "other";
    confirmed.length = 1;
    confirmed.expires_at = ferry::base::Time::from_seconds(99);
    f.object.refresh(confirmed);
    CHECK(f.object.head()->validator == "\"v1\"");
    CHECK(f.object.head()->length == 40 * kChunkBytes);
    CHECK(f.object.head()->expires_at == ferry::base::Time::from_seconds(99));
}

TEST_CASE("object: a private one leaves nothing in memory, a retired one nothing more") {
    ChunkMemory memory(1 << 20);
    const Object::Surroundings around{&memory, ObjectLimits{}, std::make_shared<HashCount>(0)};
    const auto chunk = std::make_shared<const Chunk>();
    Object alone(ObjectId::random(), Fixture::head("", false, std::nullopt), std::nullopt, around);
    alone.join({0, kNoEnd});
    CHECK(alone.arrived(alone.launch({0, kNoEnd}), 0, chunk));
    CHECK_FALSE(alone.shared());
    Object retired(ObjectId::random(), Fixture::head("", false, std::nullopt), CachePlace{}, around);
    retired.retire();
    const auto reader = retired.join({0, kNoEnd}).reader;
    CHECK(retired.arrived(retired.launch({0, kNoEnd}), 0, chunk));
    CHECK(memory.bytes() == 0);
    CHECK(retired.find(reader, 0) == chunk);
}

TEST_CASE("object: hashes are counted over all objects while these live") {
    const auto count = std::make_shared<HashCount>(0);
    {
        ChunkHashes hashes(count);
        for (std::uint64_t i = 0; i < 5; ++i)
            CHECK(hashes.learn(i, ferry::base::Hash256::random()));
        CHECK(*count == 5);
        CHECK(hashes.last_serial() == 5);
        CHECK(hashes.all(5).size() == 5);
        CHECK(hashes.all(6).empty());
        CHECK(hashes.root(5) == ferry::content::root_of(hashes.all(5)));
        CHECK_FALSE(hashes.root(6));
        CHECK_FALSE(hashes.learn(2, ferry::base::Hash256::random()));
    }
    CHECK(*count == 0);
}

TEST_CASE("object: of a body too long to remember the root is known all the same") {
    ChunkHashes hashes(std::make_shared<HashCount>(0));
    ferry::content::RootBuilder expected;
    const std::uint64_t many = ChunkHashes::kMaxRemembered + 10;
    for (std::uint64_t i = 0; i < many; ++i) {
        ferry::base::Hash256 hash;
        hash.data[0] = static_cast<std::uint8_t>(i);
        hashes.learn(i, hash);
        expected.add(hash);
    }
    CHECK(hashes.root(many) == expected.root());
    CHECK(hashes.all(many).empty());
    CHECK_FALSE(hashes.find(many - 1));
}

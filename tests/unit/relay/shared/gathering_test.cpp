#include "relay/shared/gathering.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ferry::relay;

namespace {

/// Makes the calls and writes down what happened.
struct Log {
    Gathering::Wake wake(const std::string& name) {
        return [this, name](Arrival arrival) {
            constexpr const char* kKinds[] = {"chunk", "end", "again", "error"};
            text += name + ":" + kKinds[arrival.index()] + " ";
        };
    }
    FlightControl control(const std::string& name) {
        return {[this, name] { text += name + ":resume "; }, [this, name] { text += name + ":cancel "; }};
    }
    std::string made() {
        for (const auto& call : calls)
            call();
        calls.clear();
        return std::exchange(text, {});
    }

    Calls calls;
    std::string text;
};

ChunkPtr a_chunk() {
    return std::make_shared<const Chunk>();
}

}  // namespace

TEST_CASE("gathering: what a flight will bring is coming, until it has brought it") {
    Gathering gathering(16);
    Log log;
    gathering.join({0, kNoEnd});
    const auto flight = gathering.launch({4, 6});
    CHECK_FALSE(gathering.coming(3));
    CHECK(gathering.coming(4));
    CHECK(gathering.coming(5));
    CHECK_FALSE(gathering.coming(6));
    CHECK(gathering.arrived(flight, 4, a_chunk(), log.calls));
    CHECK_FALSE(gathering.coming(4));
    CHECK(gathering.recent(4) != nullptr);
    gathering.land(flight, AskAgain{}, log.calls);
    CHECK_FALSE(gathering.coming(5));
}

TEST_CASE("gathering: a chunk wakes those who wait for it, once") {
    Gathering gathering(16);
    Log log;
    const auto a = gathering.join({0, kNoEnd});
    const auto b = gathering.join({0, kNoEnd});
    const auto flight = gathering.launch({0, 3});
    gathering.wait(a, 0, log.wake("a"));
    gathering.wait(b, 1, log.wake("b"));
    gathering.arrived(flight, 0, a_chunk(), log.calls);
    CHECK(log.made() == "a:chunk ");
    gathering.arrived(flight, 1, a_chunk(), log.calls);
    CHECK(log.made() == "b:chunk ");
}

TEST_CASE("gathering: when a flight lands, only those whom no other flight serves are told") {
    Gathering gathering(16);
    Log log;
    const auto a = gathering.join({0, kNoEnd});
    const auto b = gathering.join({0, kNoEnd});
    const auto first = gathering.launch({0, 4});
    gathering.launch({3, 8});
    gathering.wait(a, 1, log.wake("a"));
    gathering.wait(b, 3, log.wake("b"));
    gathering.land(first, ferry::base::environment("origin_timeout", ""), log.calls);
    CHECK(log.made() == "a:error ");
    gathering.wake_from(0, BodyEnds{}, log.calls);
    CHECK(log.made() == "b:end ");
}

TEST_CASE("gathering: who leaves is not woken, and ends the flights that only it needed") {
    Gathering gathering(16);
    Log log;
    const auto a = gathering.join({0, 4});
    const auto b = gathering.join({2, 10});
    const auto low = gathering.launch({0, 2});
    const auto high = gathering.launch({4, 8});
    gathering.control(low, log.control("low"));
    gathering.control(high, log.control("high"));
    gathering.wait(a, 0, log.wake("a"));
    gathering.leave(a, log.calls);
    CHECK(log.made() == "low:cancel ");
    CHECK(gathering.needed(high));
    gathering.leave(b, log.calls);
    CHECK(log.made() == "low:cancel high:cancel ");
    CHECK_FALSE(gathering.has_readers());
}

TEST_CASE(
    "gathering: an endless flight pauses when it is too far ahead, and goes on when half of that is used "
    "up") {
    Gathering gathering(4);
    Log log;
    const auto reader = gathering.join({0, kNoEnd});
    const auto flight = gathering.launch({0, kNoEnd});
    gathering.control(flight, log.control("flight"));
    std::uint64_t index = 0;
    while (gathering.arrived(flight, index, a_chunk(), log.calls))
        ++index;
    CHECK(index == 4);
    for (std::uint64_t at = 1; at <= 2; ++at)
        gathering.move(reader, at, log.calls);
    CHECK(log.made() == "");
    gathering.move(reader, 3, log.calls);
    CHECK(log.made() == "flight:resume ");
    CHECK(gathering.arrived(flight, 5, a_chunk(), log.calls));
}

TEST_CASE("gathering: a flight that brings what nobody wants any more is cancelled") {
    Gathering gathering(4);
    Log log;
    gathering.join({0, 2});
    const auto flight = gathering.launch({0, kNoEnd});
    gathering.control(flight, log.control("flight"));
    CHECK(gathering.arrived(flight, 0, a_chunk(), log.calls));
    CHECK_FALSE(gathering.arrived(flight, 1, a_chunk(), log.calls));
    CHECK(log.made() == "flight:cancel ");
}

TEST_CASE("gathering: few chunks are held, whoever reads how fast") {
    Gathering gathering(4);
    Log log;
    const auto slow = gathering.join({0, kNoEnd});
    const auto fast = gathering.join({0, kNoEnd});
    const auto flight = gathering.launch({0, kNoEnd});
    for (std::uint64_t index = 0; index < 100; ++index) {
        gathering.arrived(flight, index, a_chunk(), log.calls);
        gathering.move(fast, index, log.calls);
    }
    CHECK(gathering.recent(0) == nullptr);
    CHECK(gathering.recent(98) == nullptr);
    CHECK(gathering.recent(99) != nullptr);
    gathering.move(slow, 97, log.calls);
    gathering.arrived(flight, 100, a_chunk(), log.calls);
    gathering.move(fast, 100, log.calls);
    CHECK(gathering.recent(99) != nullptr);
    gathering.leave(fast, log.calls);
    gathering.leave(slow, log.calls);
    CHECK(gathering.recent(100) == nullptr);
}

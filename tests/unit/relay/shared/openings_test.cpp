#include "relay/shared/openings.hpp"

#include "relay/shared/host_slots.hpp"
#include "relay/shared/object_index.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;

namespace {

std::shared_ptr<Object> object_for(const UrlKey& key, ferry::content::Headers selecting,
                                   const std::shared_ptr<HashCount>& count) {
    return std::make_shared<Object>(ObjectId::random(), ObjectHead{}, CachePlace{key, std::move(selecting)},
                                    Object::Surroundings{nullptr, {}, count});
}

}  // namespace

TEST_CASE("openings: one leads, the others get what it found, the next one leads again") {
    Openings openings;
    const auto key = UrlKey::random();
    int told = 0;
    const Openings::Wake wake = [&](const std::shared_ptr<const Opened>& opened) {
        told += opened->unshareable ? 1 : 100;
    };
    CHECK(openings.lead_or_wait(key, wake) == 0);
    CHECK(openings.lead_or_wait(UrlKey::random(), wake) == 0);
    CHECK(openings.lead_or_wait(key, wake) != 0);
    const auto gone = openings.lead_or_wait(key, wake);
    openings.leave(key, gone);
    Opened opened;
    opened.unshareable = true;
    openings.done(key, opened);
    CHECK(told == 1);
    openings.done(key, opened);
    CHECK(told == 1);
    CHECK(openings.lead_or_wait(key, wake) == 0);
}

TEST_CASE("host slots: so many at a time, then in order, and a slot given back goes to the first who waits") {
    HostSlots slots(2);
    std::string granted;
    const auto take = [&](const std::string& who) {
        return slots.take("a", [&granted, who] { granted += who; });
    };
    CHECK(take("1") == 0);
    CHECK(take("2") == 0);
    CHECK(take("3") != 0);
    const auto fourth = take("4");
    CHECK(take("5") != 0);
    CHECK(slots.take("b", [] {}) == 0);
    CHECK(slots.leave("a", fourth));
    CHECK_FALSE(slots.leave("a", fourth));
    slots.give_back("a");
    CHECK(granted == "3");
    slots.give_back("a");
    CHECK(granted == "35");
    CHECK(slots.taken("a") == 2);
    slots.give_back("a");
    slots.give_back("a");
    CHECK(slots.taken("a") == 0);
}

TEST_CASE("host slots: a transfer that goes on takes its slot even if none is free") {
    HostSlots slots(1);
    bool granted = false;
    slots.take("a", [] {});
    slots.take_over("a");
    slots.take("a", [&] { granted = true; });
    slots.give_back("a");
    CHECK_FALSE(granted);
    slots.give_back("a");
    CHECK(granted);
}

TEST_CASE("object index: variants are found by what they were chosen by, the newest first") {
    const auto count = std::make_shared<HashCount>(0);
    ObjectIndex index({}, count);
    const auto key = UrlKey::random();
    const ferry::content::Headers german{{"accept-language", "de"}};
    const ferry::content::Headers english{{"accept-language", "en"}};
    const auto de = object_for(key, german, count);
    const auto en = object_for(key, english, count);
    index.put(key, german, de);
    index.put(key, english, en);
    CHECK(index.find(key, german) == de);
    CHECK(index.find(key, english) == en);
    CHECK(index.find(key, {}) == nullptr);
    CHECK(index.find(UrlKey::random(), german) == nullptr);
    const auto newer = object_for(key, german, count);
    const auto forgotten = index.put(key, german, newer);
    REQUIRE(forgotten.size() == 1);
    CHECK(forgotten[0] == de);
    CHECK(de->retired());
    CHECK(index.size() == 2);
    CHECK(index.remove(key, de->id()).empty());
    CHECK(index.remove(key, newer->id()).size() == 1);
    CHECK(index.find(key, german) == nullptr);
    CHECK(index.find(key, english) == en);
}

TEST_CASE("object index: is bounded by objects, by variants of one URL and by hashes") {
    const auto count = std::make_shared<HashCount>(0);
    IndexLimits limits;
    limits.objects = 100;
    limits.variants = 3;
    limits.hashes = 50;
    ObjectIndex index(limits, count);
    for (int i = 0; i < 1000; ++i) {
        const auto key = UrlKey::random();
        index.put(key, {}, object_for(key, {}, count));
    }
    CHECK(index.size() <= 100);
    const auto key = UrlKey::random();
    for (int i = 0; i < 10; ++i) {
        const ferry::content::Headers selecting{{"accept", std::to_string(i)}};
        index.put(key, selecting, object_for(key, selecting, count));
    }
    CHECK(index.find(key, {{"accept", "9"}}) != nullptr);
    CHECK(index.find(key, {{"accept", "6"}}) == nullptr);
    for (int i = 0; i < 1000; ++i) {
        const auto one = UrlKey::random();
        const auto object = object_for(one, {}, count);
        for (std::uint64_t chunk = 0; chunk < 5; ++chunk)
            object->learn(chunk, ferry::base::Hash256::random());
        index.put(one, {}, object);
    }
    // One URL in each shard may stay whatever it costs.
    CHECK(*count <= 50 + 16 * 5);
}

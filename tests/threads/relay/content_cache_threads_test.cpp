#include "protocol/content/geometry.hpp"
#include "relay/shared/content_cache.hpp"
#include "relay/shared/host_slots.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <thread>
#include <vector>

using namespace ferry::relay;
using ferry::base::ChunkIndex;
using ferry::relay::test::TemporaryDirectory;

namespace {

constexpr int kReaders = 4;

void in_threads(const std::function<void(unsigned)>& work) {
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < kReaders; ++number)
        threads.emplace_back(work, number);
    for (auto& thread : threads)
        thread.join();
}

/// The same numbers in each run.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
    std::uint64_t below(std::uint64_t limit) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_ % limit;
    }

  private:
    std::uint64_t state_;
};

ObjectHead a_head() {
    ObjectHead head;
    head.status = 200;
    head.length = 8 * ferry::content::kChunkBytes;
    head.validator = "\"v1\"";
    head.ranges = true;
    return head;
}

ChunkPtr a_chunk(ChunkPool& pool, std::uint64_t index) {
    auto buffer = pool.take();
    buffer.assign(4000, static_cast<std::uint8_t>(index));
    return pool.seal(std::move(buffer), ChunkIndex{index});
}

/// What one worker's io_context is to the others: a place to post to.
class Inbox {
  public:
    void post(std::function<void()> call) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(call));
        came_.notify_one();
    }
    void run_one() {
        std::function<void()> call;
        {
            std::unique_lock lock(mutex_);
            came_.wait(lock, [this] { return !calls_.empty(); });
            call = std::move(calls_.front());
            calls_.pop_front();
        }
        call();
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<std::function<void()>> calls_;
};

}  // namespace

TEST_CASE("content cache: workers publish, read, evict and forget the same objects") {
    const TemporaryDirectory directory;
    BlockingPool pool(2);
    ContentCounters counters;
    CacheSettings settings;
    settings.memory_bytes = 40'000;
    settings.disk_bytes = 100'000;
    settings.free_reserve_bytes = 0;
    CacheLimits limits;
    limits.index.objects = 12;
    ContentCache cache(settings, directory.path(), pool, counters, limits);
    std::vector<UrlKey> keys;
    for (int i = 0; i < 20; ++i)
        keys.push_back(UrlKey::random());
    std::atomic<int> wrong{0};

    in_threads([&](unsigned number) {
        Dice dice(number);
        for (int round = 0; round < 600; ++round) {
            const auto& key = keys[dice.below(keys.size())];
            auto object = cache.find(key, {});
            if (!object || dice.below(20) == 0) {
                object = cache.make_object(a_head(), CachePlace{key, {}});
                cache.publish(object);
            }
            const auto index = dice.below(8);
            const auto reader = object->join({index, kNoEnd}).reader;
            auto chunk = object->find(reader, index);
            if (!chunk && cache.disk()->contains(object->key_of(index))) {
                if (auto read = cache.disk()->read(object->key_of(index), cache.buffers().take())) {
                    chunk = cache.buffers().seal(std::move(read->bytes), read->hash);
                    cache.remember(*object, index, chunk);
                }
            }
            if (!chunk) {
                chunk = a_chunk(cache.buffers(), index);
                const auto flight = object->launch({index, index + 1});
                if (!object->arrived(flight, index, chunk)) ++wrong;
                cache.save_chunk(*object, index, chunk);
                object->landed(flight, std::nullopt);
            }
            if (chunk->bytes.at(0) != index) ++wrong;
            object->leave(reader);
            if (dice.below(50) == 0) cache.forget(*object);
            cache.use();
        }
    });
    cache.flush();
    CHECK(wrong == 0);
    CHECK(counters.disk_corrupt == 0);
    CHECK(cache.use().memory_bytes <= settings.memory_bytes);
    CHECK(cache.use().disk_bytes <= settings.disk_bytes);
}

TEST_CASE("object: readers on other threads get every chunk of one flight, which never runs far ahead") {
    constexpr std::uint64_t kChunks = 200;
    ChunkMemory memory(1U << 20U);
    ChunkPool buffers;
    auto head = a_head();
    head.length.reset();
    head.ranges = false;
    Object object(ObjectId::random(), head, CachePlace{}, {&memory, {}, std::make_shared<HashCount>(0)});
    const auto flight = object.launch({0, kNoEnd});
    std::vector<ReaderId> readers;
    for (int i = 0; i < kReaders; ++i)
        readers.push_back(object.join({0, kNoEnd}).reader);
    Inbox flight_inbox;
    object.control(flight, {[&] { flight_inbox.post([] {}); }, [] {}});

    std::thread fetching([&] {
        for (std::uint64_t index = 0; index < kChunks; ++index) {
            if (!object.arrived(flight, index, a_chunk(buffers, index)).value()) flight_inbox.run_one();
        }
        object.landed(flight, kChunks * ferry::content::kChunkBytes);
    });
    std::atomic<int> wrong{0};
    in_threads([&](unsigned number) {
        Inbox inbox;
        const auto held = [&](std::uint64_t index) { return memory.contains(object.key_of(index)); };
        for (std::uint64_t index = 0;;) {
            Arrival arrival = AskAgain{};
            const auto wanted = object.want(readers[number], index, held, [&](Arrival came) {
                inbox.post([&arrival, came] { arrival = came; });
            });
            if (!wanted || wanted->launch) {
                ++wrong;
                return;
            }
            if (wanted->body_ends) break;
            if (wanted->chunk) arrival = wanted->chunk;
            if (!wanted->chunk) inbox.run_one();
            if (std::holds_alternative<BodyEnds>(arrival)) break;
            if (std::holds_alternative<AskAgain>(arrival)) continue;
            const auto* chunk = std::get_if<ChunkPtr>(&arrival);
            if (chunk == nullptr || (*chunk)->bytes.at(0) != static_cast<std::uint8_t>(index)) ++wrong;
            ++index;
        }
        object.leave(readers[number]);
    });
    fetching.join();
    CHECK(wrong == 0);
    CHECK(object.complete());
}

TEST_CASE("openings: of those who come at the same time one leads, and all learn what it found") {
    Openings openings;
    const auto key = UrlKey::random();
    std::atomic<int> leads{0}, told{0}, asked{0};
    in_threads([&](unsigned) {
        for (int round = 0; round < 500; ++round) {
            ++asked;
            Inbox inbox;
            const auto ticket = openings.lead_or_wait(key, [&](const std::shared_ptr<const Opened>& opened) {
                inbox.post([&, opened] { told += opened->unshareable ? 1 : 0; });
            });
            if (ticket != 0) {
                inbox.run_one();
                continue;
            }
            ++leads;
            Opened opened;
            opened.unshareable = true;
            openings.done(key, opened);
        }
    });
    CHECK(leads + told == asked);
}

TEST_CASE("host slots: never more than allowed, and nobody is forgotten") {
    HostSlots slots(2);
    std::atomic<int> running{0}, most{0}, served{0};
    in_threads([&](unsigned number) {
        Dice dice(number);
        for (int round = 0; round < 500; ++round) {
            Inbox inbox;
            const auto ticket = slots.take("host", [&] { inbox.post([] {}); });
            if (ticket != 0) {
                if (dice.below(3) == 0 && slots.leave("host", ticket)) {
                    ++served;
                    continue;
                }
                inbox.run_one();
            }
            const int now = ++running;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            --running;
            ++served;
            slots.give_back("host");
        }
    });
    CHECK(most <= 2);
    CHECK(served == kReaders * 500);
    CHECK(slots.taken("host") == 0);
}

#pragma once
// Object: one representation of a URL as the relay's threads share it: its head, the hashes of its chunks,
// who reads it and who is fetching it. Its bytes lie in ChunkMemory and on disk. It decides who fetches what;
// relay/content does the fetching.

#include "relay/shared/chunk_hashes.hpp"
#include "relay/shared/chunk_memory.hpp"
#include "relay/shared/gathering.hpp"
#include "relay/shared/object_head.hpp"
#include "relay/shared/object_key.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace ferry::relay {

struct ObjectLimits {
    std::uint64_t run_chunks = 16;    ///< of one flight that asks for a range
    std::uint64_t ahead_chunks = 16;  ///< that a flight of a whole body may be ahead of the furthest reader
    std::uint64_t skip_chunks =
        1024;  ///< that a flight of a whole body may have to carry before the wanted one
};

/// A flight that the caller must start now: it was entered as coming, others already count on it.
struct Launch {
    FlightId flight = 0;
    ChunkSpan span;  ///< end kNoEnd: the whole body, from chunk 0
};

/// Next step of a reader that wants a chunk.
struct Wanted {
    ChunkPtr chunk;                ///< not null: here it is
    bool body_ends = false;        ///< the body has no such chunk
    std::optional<Launch> launch;  ///< start this; then wait as in all other cases
};

/// Where the cache keeps an object.
struct CachePlace {
    UrlKey key;
    ferry::content::Headers selecting;  ///< the request fields by which it was chosen, see selecting_fields()
};

/// Threads: any. Whoever holds a pointer keeps it alive; it is forgotten by the cache when it is replaced or
/// evicted.
class Object {
  public:
    /// What the cache gives to each of its objects. Lifetime: `memory` outlives them.
    struct Surroundings {
        ChunkMemory* memory;
        ObjectLimits limits;
        std::shared_ptr<HashCount> hashes;
    };

    /// Without a place it belongs to one client alone: its chunks are kept nowhere.
    Object(ObjectId id, ObjectHead head, std::optional<CachePlace> place, Surroundings surroundings);
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    const ObjectId& id() const { return id_; }
    bool shared() const { return place_.has_value(); }
    /// Precondition: shared().
    const CachePlace& place() const { return *place_; }
    ChunkKey key_of(std::uint64_t index) const { return ChunkKey{id_, base::ChunkIndex{index}}; }

    std::shared_ptr<const ObjectHead> head() const;
    /// The origin confirmed it: new times and fields; length, validator and ranges stay.
    void refresh(ObjectHead confirmed);

    /// It is another object at the origin now, or it cannot be completed: nobody new may use it.
    bool broken() const;
    /// The cache has forgotten it: what still arrives is not stored.
    void retire();
    bool retired() const;

    // Hashes.
    bool learn(std::uint64_t index, const base::Hash256& hash);
    std::optional<base::Hash256> hash_of(std::uint64_t index) const;
    /// All hashes in order and their root, if all are known.
    std::optional<base::Hash256> root() const;
    std::vector<base::Hash256> hashes() const;
    bool complete() const;

    // Readers.
    struct Joined {
        ReaderId reader = 0;
        std::uint64_t serial = 0;  ///< chunks with a later serial came after the reader
    };
    Joined join(ChunkSpan span);
    void leave(ReaderId reader);
    std::uint64_t serial_of(std::uint64_t index) const;

    /// The reader has come to `index`: flights that waited for that go on. The chunk if it came lately or is
    /// in memory, else null.
    ChunkPtr find(ReaderId reader, std::uint64_t index);
    /// Without coming closer to it.
    bool has_at_hand(std::uint64_t index) const;

    /// `held`: whether a chunk can be had without the origin (asked for others than `index`, to find the end
    /// of a gap). `wake` is kept unless the chunk, the end or an error is the answer; it is called once, on
    /// any thread, unless the reader leaves. Errors: the one that broke the object; environment
    /// "content_evicted"; refusal "origin_no_ranges".
    base::Result<Wanted> want(ReaderId reader, std::uint64_t index,
                              const std::function<bool(std::uint64_t)>& held, Gathering::Wake wake);

    /// The run that should be fetched ahead for a reader that has just taken `index`, if there is a gap close
    /// before it.
    std::optional<Launch> plan_ahead(ReaderId reader, std::uint64_t index,
                                     const std::function<bool(std::uint64_t)>& held);

    // Flights.
    /// For the first answer, which made this object. `span` as it was answered.
    FlightId launch(ChunkSpan span);
    void control(FlightId flight, FlightControl control);
    /// The chunk is in the hands of the readers. False: pause. Errors: peer_fault "origin_changed": other
    /// bytes than before.
    base::Result<bool> arrived(FlightId flight, std::uint64_t index, const ChunkPtr& chunk);
    /// All that was asked for came. `length`: of the whole body, when this flight reached its end.
    void landed(FlightId flight, std::optional<std::uint64_t> length);
    /// It ended early. An object whose parts cannot be joined is broken by that.
    void failed(FlightId flight, base::Error error);
    /// Ends it unless somebody wants it again. False: it must go on.
    bool cancel(FlightId flight);
    /// The origin has another object now: every flight ends, every reader gets `error`.
    void break_off(base::Error error);

  private:
    bool can_join_parts() const { return !head_->validator.empty(); }
    std::optional<std::uint64_t> count() const;
    base::Result<Launch> plan(std::uint64_t index, std::uint64_t reader_end,
                              const std::function<bool(std::uint64_t)>& held);
    base::Result<Wanted> next_step(ReaderId reader, std::uint64_t index,
                                   const std::function<bool(std::uint64_t)>& held);
    void end_flight(FlightId flight, const Arrival& outcome, const base::Error& breaks, Calls& calls);

    const ObjectId id_;
    const std::optional<CachePlace> place_;
    ChunkMemory* const memory_;  // null: kept nowhere
    const ObjectLimits limits_;
    mutable std::mutex mutex_;
    std::shared_ptr<const ObjectHead> head_;
    ChunkHashes hashes_;
    Gathering gathering_;
    std::optional<base::Error> broken_;
    bool retired_ = false;
};

}  // namespace ferry::relay

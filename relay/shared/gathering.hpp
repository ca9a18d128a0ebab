#pragma once
// Gathering: who reads one object and which flights (fetches from the origin) are bringing its chunks: what
// is coming, who waits, when a flight must pause and when nobody needs it any more. Pure bookkeeping, not
// thread-safe: Object guards it and makes the calls.

#include "protocol/base/result.hpp"
#include "relay/shared/chunk.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace ferry::relay {

using ReaderId = std::uint64_t;
using FlightId = std::uint64_t;

inline constexpr std::uint64_t kNoEnd = UINT64_MAX;

/// Chunks from `first` up to, not including, `end`; kNoEnd: to the end of the body.
struct ChunkSpan {
    std::uint64_t first = 0, end = kNoEnd;

    bool contains(std::uint64_t index) const { return index >= first && index < end; }
    friend bool operator==(const ChunkSpan&, const ChunkSpan&) = default;
};

/// How a flight is reached. Called on any thread, so both must only post.
struct FlightControl {
    std::function<void()> resume, cancel;
};

/// What a waiting reader gets.
struct BodyEnds {};
struct AskAgain {};
using Arrival = std::variant<ChunkPtr, BodyEnds, AskAgain, base::Error>;

/// Calls to be made after the lock is released.
using Calls = std::vector<std::function<void()>>;

class Gathering {
  public:
    using Wake = std::function<void(Arrival)>;

    /// `ahead`: chunks that an endless flight may be ahead of the furthest reader.
    explicit Gathering(std::uint64_t ahead) : ahead_(ahead) {}

    ReaderId join(ChunkSpan span);
    /// The reader has come to `index`: paused flights may go on, old chunks are let go.
    void move(ReaderId reader, std::uint64_t index, Calls& calls);
    /// Its waits end without a call; flights that only it needed are cancelled.
    void leave(ReaderId reader, Calls& calls);
    bool has_readers() const { return !readers_.empty(); }
    /// Where the reader's interest ends.
    std::uint64_t end_of(ReaderId reader) const;

    FlightId launch(ChunkSpan span);
    void control(FlightId flight, FlightControl control);
    bool flying(FlightId flight) const { return flights_.contains(flight); }
    /// Some reader has yet to come to a chunk that the flight will bring.
    bool needed(FlightId flight) const;
    bool any_flight() const { return !flights_.empty(); }
    /// A flight will bring this chunk.
    bool coming(std::uint64_t index) const;

    /// A reader waits for a chunk that is coming.
    void wait(ReaderId reader, std::uint64_t index, Wake wake);

    /// A flight brought `index`: whoever waits gets it, and it is held for those who will come for it soon.
    /// False: the flight must pause; it will be resumed.
    bool arrived(FlightId flight, std::uint64_t index, const ChunkPtr& chunk, Calls& calls);
    /// The flight is over. Who waited for what it did not bring gets `outcome`.
    void land(FlightId flight, const Arrival& outcome, Calls& calls);
    /// Whoever waits for `first` or more gets `outcome`.
    void wake_from(std::uint64_t first, const Arrival& outcome, Calls& calls);
    void cancel_all(Calls& calls);

    /// A chunk that came lately; null when it was let go.
    ChunkPtr recent(std::uint64_t index) const;

  private:
    struct Reader {
        std::uint64_t next, end;
    };
    struct Flight {
        std::uint64_t next, end;
        bool paused = false;
        FlightControl control;
    };
    struct Waiter {
        ReaderId reader;
        Wake wake;
    };

    std::uint64_t furthest() const;
    bool needed(const Flight& flight) const;
    void resume_flights(Calls& calls);
    void forget_old_chunks();

    const std::uint64_t ahead_;
    std::uint64_t last_id_ = 0;
    std::map<ReaderId, Reader> readers_;
    std::map<FlightId, Flight> flights_;
    std::multimap<std::uint64_t, Waiter> waiters_;
    std::map<std::uint64_t, ChunkPtr> recent_;
};

}  // namespace ferry::relay

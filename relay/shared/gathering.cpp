#include "relay/shared/gathering.hpp"

#include <algorithm>
#include <utility>

namespace ferry::relay {

namespace {

std::function<void()> call(const Gathering::Wake& wake, const Arrival& arrival) {
    return [wake, arrival] { wake(arrival); };
}

}  // namespace

ReaderId Gathering::join(ChunkSpan span) {
    readers_.emplace(++last_id_, Reader{span.first, span.end});
    return last_id_;
}

std::uint64_t Gathering::end_of(ReaderId reader) const {
    const auto found = readers_.find(reader);
    return found == readers_.end() ? 0 : found->second.end;
}

void Gathering::move(ReaderId reader, std::uint64_t index, Calls& calls) {
    const auto found = readers_.find(reader);
    if (found == readers_.end()) return;
    found->second.next = index;
    resume_flights(calls);
    forget_old_chunks();
}

void Gathering::leave(ReaderId reader, Calls& calls) {
    readers_.erase(reader);
    std::erase_if(waiters_, [&](const auto& entry) { return entry.second.reader == reader; });
    for (auto& [id, flight] : flights_) {
        if (!needed(flight) && flight.control.cancel) calls.push_back(flight.control.cancel);
    }
    forget_old_chunks();
}

FlightId Gathering::launch(ChunkSpan span) {
    flights_.emplace(++last_id_, Flight{span.first, span.end, false, {}});
    return last_id_;
}

void Gathering::control(FlightId flight, FlightControl control) {
    if (const auto found = flights_.find(flight); found != flights_.end())
        found->second.control = std::move(control);
}

bool Gathering::needed(FlightId flight) const {
    const auto found = flights_.find(flight);
    return found != flights_.end() && needed(found->second);
}

bool Gathering::coming(std::uint64_t index) const {
    return std::any_of(flights_.begin(), flights_.end(), [&](const auto& entry) {
        return index >= entry.second.next && index < entry.second.end;
    });
}

void Gathering::wait(ReaderId reader, std::uint64_t index, Wake wake) {
    waiters_.emplace(index, Waiter{reader, std::move(wake)});
}

bool Gathering::arrived(FlightId flight, std::uint64_t index, const ChunkPtr& chunk, Calls& calls) {
    const auto [first, last] = waiters_.equal_range(index);
    for (auto it = first; it != last; ++it)
        calls.push_back(call(it->second.wake, chunk));
    waiters_.erase(first, last);

    const auto found = flights_.find(flight);
    if (found == flights_.end()) return false;
    found->second.next = index + 1;
    recent_.insert_or_assign(index, chunk);
    forget_old_chunks();
    if (!needed(found->second)) {
        if (found->second.control.cancel) calls.push_back(found->second.control.cancel);
        return false;
    }
    // A run is short and never pauses; only what may be endless does.
    found->second.paused = found->second.end == kNoEnd && found->second.next > furthest() + ahead_;
    return !found->second.paused;
}

void Gathering::land(FlightId flight, const Arrival& outcome, Calls& calls) {
    if (flights_.erase(flight) == 0) return;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (coming(it->first)) {
            ++it;
            continue;
        }
        calls.push_back(call(it->second.wake, outcome));
        it = waiters_.erase(it);
    }
}

void Gathering::wake_from(std::uint64_t first, const Arrival& outcome, Calls& calls) {
    const auto begin = waiters_.lower_bound(first);
    for (auto it = begin; it != waiters_.end(); ++it)
        calls.push_back(call(it->second.wake, outcome));
    waiters_.erase(begin, waiters_.end());
}

void Gathering::cancel_all(Calls& calls) {
    for (auto& [id, flight] : flights_) {
        if (flight.control.cancel) calls.push_back(flight.control.cancel);
    }
}

ChunkPtr Gathering::recent(std::uint64_t index) const {
    const auto found = recent_.find(index);
    return found == recent_.end() ? nullptr : found->second;
}

std::uint64_t Gathering::furthest() const {
    std::uint64_t furthest = 0;
    for (const auto& [id, reader] : readers_)
        furthest = std::max(furthest, reader.next);
    return furthest;
}

bool Gathering::needed(const Flight& flight) const {
    return std::any_of(readers_.begin(), readers_.end(), [&](const auto& entry) {
        const Reader& reader = entry.second;
        return reader.next < flight.end && reader.end > flight.next && reader.next < reader.end;
    });
}

void Gathering::resume_flights(Calls& calls) {
    // Half of the lead is used up before a flight goes on, so that it does not stop and go with each chunk.
    const auto limit = furthest() + ahead_ / 2;
    for (auto& [id, flight] : flights_) {
        if (!flight.paused || flight.next > limit || !flight.control.resume) continue;
        flight.paused = false;
        calls.push_back(flight.control.resume);
    }
}

void Gathering::forget_old_chunks() {
    // For the furthest reader and those close behind it; who is further behind finds chunks in the cache, or
    // asks for them anew.
    const auto front = furthest();
    auto keep_from = front;
    for (const auto& [id, reader] : readers_) {
        if (reader.next + ahead_ >= front) keep_from = std::min(keep_from, reader.next);
    }
    recent_.erase(recent_.begin(), readers_.empty() ? recent_.end() : recent_.lower_bound(keep_from));
}

}  // namespace ferry::relay

#include "relay/shared/object.hpp"

#include "protocol/content/geometry.hpp"

#include <algorithm>
#include <utility>

namespace ferry::relay {

namespace {

using Lock = std::lock_guard<std::mutex>;

void make(const Calls& calls) {
    for (const auto& call : calls)
        call();
}

base::Error changed() {
    return base::peer_fault("origin_changed",
                            "the object changed at the origin while it was fetched; ask for it anew");
}

base::Error evicted() {
    return base::environment("content_evicted",
                             "the relay no longer holds this part, and the origin gives no validator to "
                             "fetch it again; start anew");
}

}  // namespace

Object::Object(ObjectId id, ObjectHead head, std::optional<CachePlace> place, Surroundings surroundings)
    : id_(id),
      place_(std::move(place)),
      memory_(place_ ? surroundings.memory : nullptr),
      limits_(surroundings.limits),
      head_(std::make_shared<const ObjectHead>(std::move(head))),
      hashes_(std::move(surroundings.hashes)),
      gathering_(limits_.ahead_chunks) {}

std::shared_ptr<const ObjectHead> Object::head() const {
    const Lock lock(mutex_);
    return head_;
}

void Object::refresh(ObjectHead confirmed) {
    const Lock lock(mutex_);
    confirmed.length = head_->length;
    confirmed.validator = head_->validator;
    confirmed.ranges = head_->ranges;
    head_ = std::make_shared<const ObjectHead>(std::move(confirmed));
}

bool Object::broken() const {
    const Lock lock(mutex_);
    return broken_.has_value();
}

void Object::retire() {
    const Lock lock(mutex_);
    retired_ = true;
}

bool Object::retired() const {
    const Lock lock(mutex_);
    return retired_;
}

bool Object::learn(std::uint64_t index, const base::Hash256& hash) {
    const Lock lock(mutex_);
    return hashes_.learn(index, hash);
}

std::optional<base::Hash256> Object::hash_of(std::uint64_t index) const {
    const Lock lock(mutex_);
    return hashes_.find(index);
}

std::optional<std::uint64_t> Object::count() const {
    return head_->length ? std::optional{ferry::content::chunk_count(*head_->length)} : std::nullopt;
}

std::optional<base::Hash256> Object::root() const {
    const Lock lock(mutex_);
    return count() ? hashes_.root(*count()) : std::nullopt;
}

std::vector<base::Hash256> Object::hashes() const {
    const Lock lock(mutex_);
    return count() ? hashes_.all(*count()) : std::vector<base::Hash256>{};
}

bool Object::complete() const {
    const Lock lock(mutex_);
    return count() && (*count() == 0 || hashes_.root(*count()));
}

Object::Joined Object::join(ChunkSpan span) {
    const Lock lock(mutex_);
    return {gathering_.join(span), hashes_.last_serial()};
}

void Object::leave(ReaderId reader) {
    Calls calls;
    {
        const Lock lock(mutex_);
        gathering_.leave(reader, calls);
    }
    make(calls);
}

std::uint64_t Object::serial_of(std::uint64_t index) const {
    const Lock lock(mutex_);
    return hashes_.serial_of(index);
}

ChunkPtr Object::find(ReaderId reader, std::uint64_t index) {
    Calls calls;
    ChunkPtr chunk;
    {
        const Lock lock(mutex_);
        gathering_.move(reader, index, calls);
        chunk = gathering_.recent(index);
    }
    make(calls);
    if (!chunk && memory_ != nullptr) chunk = memory_->find(key_of(index));
    return chunk;
}

bool Object::has_at_hand(std::uint64_t index) const {
    if (memory_ != nullptr && memory_->contains(key_of(index))) return true;
    const Lock lock(mutex_);
    return gathering_.recent(index) != nullptr;
}

base::Result<Wanted> Object::want(ReaderId reader, std::uint64_t index,
                                  const std::function<bool(std::uint64_t)>& held, Gathering::Wake wake) {
    Calls calls;
    base::Result<Wanted> wanted;
    {
        const Lock lock(mutex_);
        gathering_.move(reader, index, calls);
        wanted = next_step(reader, index, held);
        const bool must_wait = wanted && !wanted->chunk && !wanted->body_ends;
        if (must_wait) gathering_.wait(reader, index, std::move(wake));
    }
    make(calls);
    return wanted;
}

base::Result<Wanted> Object::next_step(ReaderId reader, std::uint64_t index,
                                       const std::function<bool(std::uint64_t)>& held) {
    Wanted wanted;
    // Looked for again under the lock: it may have come since the reader last looked, and is no longer
    // coming.
    wanted.chunk = gathering_.recent(index);
    if (!wanted.chunk && memory_ != nullptr) wanted.chunk = memory_->find(key_of(index));
    if (wanted.chunk) return wanted;
    if (count() && index >= *count()) {
        wanted.body_ends = true;
        return wanted;
    }
    if (broken_) return base::fail(*broken_);
    if (gathering_.coming(index)) return wanted;
    FERRY_TRY(wanted.launch, plan(index, gathering_.end_of(reader), held));
    return wanted;
}

base::Result<Launch> Object::plan(std::uint64_t index, std::uint64_t reader_end,
                                  const std::function<bool(std::uint64_t)>& held) {
    if (!can_join_parts()) {
        return base::fail(evicted());
    }
    ChunkSpan span{0, kNoEnd};
    if (head_->ranges) {
        span = {index, index + 1};
        const auto end = std::min({reader_end, index + limits_.run_chunks, count().value_or(kNoEnd)});
        while (span.end < end && !gathering_.coming(span.end) && !held(span.end))
            ++span.end;
    } else if (index > limits_.skip_chunks) {
        return base::fail(base::refusal("origin_no_ranges",
                                        "the origin cannot start so far into the body; ask from chunk 0"));
    }
    return Launch{gathering_.launch(span), span};
}

std::optional<Launch> Object::plan_ahead(ReaderId reader, std::uint64_t index,
                                         const std::function<bool(std::uint64_t)>& held) {
    const Lock lock(mutex_);
    if (broken_ || !can_join_parts() || !head_->ranges) return std::nullopt;
    const auto reader_end = gathering_.end_of(reader);
    const auto end = std::min({reader_end, index + limits_.run_chunks / 2 + 1, count().value_or(kNoEnd)});
    for (auto ahead = index + 1; ahead < end; ++ahead) {
        if (gathering_.coming(ahead) || gathering_.recent(ahead) || held(ahead)) continue;
        auto launch = plan(ahead, reader_end, held);
        return launch ? std::optional{*launch} : std::nullopt;
    }
    return std::nullopt;
}

FlightId Object::launch(ChunkSpan span) {
    const Lock lock(mutex_);
    return gathering_.launch(span);
}

void Object::control(FlightId flight, FlightControl control) {
    const Lock lock(mutex_);
    gathering_.control(flight, std::move(control));
}

base::Result<bool> Object::arrived(FlightId flight, std::uint64_t index, const ChunkPtr& chunk) {
    Calls calls;
    bool go_on = false;
    bool same = false;
    {
        const Lock lock(mutex_);
        same = hashes_.learn(index, chunk->hash);
        if (same) {
            // In memory before it is no longer coming: whoever looks under this lock finds it in one of the
            // two.
            if (memory_ != nullptr && !retired_) memory_->put(key_of(index), chunk);
            go_on = gathering_.arrived(flight, index, chunk, calls);
        }
    }
    make(calls);
    if (!same) return base::fail(changed());
    return go_on;
}

void Object::landed(FlightId flight, std::optional<std::uint64_t> length) {
    Calls calls;
    {
        const Lock lock(mutex_);
        if (length && !head_->length) {
            auto known = *head_;
            known.length = length;
            head_ = std::make_shared<const ObjectHead>(std::move(known));
        }
        if (count()) gathering_.wake_from(*count(), BodyEnds{}, calls);
        gathering_.land(flight, AskAgain{}, calls);
    }
    make(calls);
}

void Object::failed(FlightId flight, base::Error error) {
    Calls calls;
    {
        const Lock lock(mutex_);
        end_flight(flight, error, error, calls);
    }
    make(calls);
}

bool Object::cancel(FlightId flight) {
    Calls calls;
    {
        const Lock lock(mutex_);
        if (!broken_ && gathering_.needed(flight)) return false;
        end_flight(flight, AskAgain{}, evicted(), calls);
    }
    make(calls);
    return true;
}

void Object::end_flight(FlightId flight, const Arrival& outcome, const base::Error& breaks, Calls& calls) {
    if (!gathering_.flying(flight)) return;
    // The rest cannot be joined to what came.
    if (!can_join_parts() && !broken_) broken_ = breaks;
    gathering_.land(flight, outcome, calls);
}

void Object::break_off(base::Error error) {
    Calls calls;
    {
        const Lock lock(mutex_);
        if (!broken_) broken_ = error;
        gathering_.wake_from(0, error, calls);
        gathering_.cancel_all(calls);
    }
    make(calls);
}

}  // namespace ferry::relay

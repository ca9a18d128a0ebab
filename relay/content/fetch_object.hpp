#pragma once
// fetch_object: asks the origin for the first answer to a request, makes the object that it describes and
// lets its body come. One procedure; whether the origin must be asked at all is find_object's question.

#include "protocol/base/result.hpp"
#include "relay/content/fetcher.hpp"
#include "relay/content/seat.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>

namespace ferry::relay::content {

/// What one request wants of the object.
struct Wish {
    bool head_only = false;
    ChunkSpan span;
    std::string if_validator;  ///< of the object the client has a part of; may be empty
};

/// An object and the request's place among its readers.
struct Found {
    Found() = default;
    Found(Seat taken, bool cached) : seat(std::move(taken)), from_cache(cached) {}

    Seat seat;
    bool from_cache = false;
};

/// `stale`: the stored object to be confirmed, or null. Publishes what may be shared, unless `share` is
/// false. Errors: those of BodySource::ask and read_first_answer; refusal "origin_no_ranges".
boost::asio::awaitable<base::Result<Found>> fetch_object(std::shared_ptr<Fetcher> fetcher,
                                                         std::shared_ptr<const Errand> errand, Wish wish,
                                                         std::shared_ptr<Object> stale, bool share);

}  // namespace ferry::relay::content

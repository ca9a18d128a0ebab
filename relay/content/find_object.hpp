#pragma once
// find_object: the object that answers one request for one URL: from the cache while it is fresh, confirmed
// or fetched when it is not. Of requests that need the same answer at the same time one asks, also across
// workers.

#include "relay/content/fetch_object.hpp"

namespace ferry::relay::content {

/// Errors: those of fetch_object.
boost::asio::awaitable<base::Result<Found>> find_object(std::shared_ptr<Fetcher> fetcher,
                                                        std::shared_ptr<const Errand> errand, Wish wish);

}  // namespace ferry::relay::content

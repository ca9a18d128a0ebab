#pragma once
// ObjectBody: one reader of an object: takes chunks from memory, from disk or from a flight, and starts
// flights where nothing is coming.

#include "relay/content/fetcher.hpp"
#include "relay/content/open_body.hpp"
#include "relay/content/seat.hpp"
#include "relay/shared/reply.hpp"

namespace ferry::relay::content {

class ObjectBody final : public OpenBody {
  public:
    /// `bodiless`: HEAD, or a 304 for the client. Without an errand nothing is fetched: what the cache lets go
    /// is environment "content_evicted".
    ObjectBody(std::shared_ptr<Fetcher> fetcher, std::shared_ptr<const Errand> errand, Seat seat, Head head,
               bool bodiless);

    const Head& head() const override { return head_; }
    Head final_head() const override;
    bool held(base::ChunkIndex index) const override;
    base::Hash256 hash_of(base::ChunkIndex index) const override;
    boost::asio::awaitable<base::Result<ServedChunk>> chunk(base::ChunkIndex index) override;

  private:
    /// In memory or on disk; null otherwise.
    boost::asio::awaitable<ChunkPtr> held_chunk(std::uint64_t index);
    boost::asio::awaitable<base::Result<ServedChunk>> fetched_chunk(std::uint64_t index);
    boost::asio::awaitable<Arrival> arrival(Reply<Arrival> reply);
    void launch_ahead(std::uint64_t index);
    std::function<bool(std::uint64_t)> holds() const;

    std::shared_ptr<Fetcher> fetcher_;
    std::shared_ptr<const Errand> errand_;
    Seat seat_;
    std::shared_ptr<Object> object_;
    Head head_;
    bool bodiless_;
    std::uint64_t last_index_ = 0;
    base::Hash256 last_hash_;
};

}  // namespace ferry::relay::content

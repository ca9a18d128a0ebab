#pragma once
// Openings: of all requests that need the same answer from an origin at the same time, one asks and the
// others wait for what it gets.

#include "protocol/base/result.hpp"
#include "relay/shared/object.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace ferry::relay {

/// What the one that asked found. Nothing set: it found out nothing for others, one of them should ask.
struct Opened {
    std::shared_ptr<Object> object;
    bool unshareable = false;  ///< there is an answer, but each must have its own
    std::optional<base::Error> error;
};

/// Threads: any.
class Openings {
  public:
    using Wake = std::function<void(std::shared_ptr<const Opened>)>;

    Openings() = default;
    Openings(const Openings&) = delete;
    Openings& operator=(const Openings&) = delete;

    /// 0: the caller leads, asks the origin and must call done(). Otherwise a ticket: `wake` is called once,
    /// on any thread, unless the caller leaves.
    using Ticket = std::uint64_t;
    Ticket lead_or_wait(const UrlKey& key, Wake wake);
    void leave(const UrlKey& key, Ticket ticket);
    void done(const UrlKey& key, Opened opened);

  private:
    std::mutex mutex_;
    Ticket last_ticket_ = 0;
    std::unordered_map<UrlKey, std::map<Ticket, Wake>, base::Bytes32Hasher> waiting_;
};

}  // namespace ferry::relay

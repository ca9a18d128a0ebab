#include "relay/shared/openings.hpp"

#include <utility>

namespace ferry::relay {

Openings::Ticket Openings::lead_or_wait(const UrlKey& key, Wake wake) {
    const std::lock_guard lock(mutex_);
    const auto [entry, first] = waiting_.try_emplace(key);
    if (first) return 0;
    entry->second.emplace(++last_ticket_, std::move(wake));
    return last_ticket_;
}

void Openings::leave(const UrlKey& key, Ticket ticket) {
    const std::lock_guard lock(mutex_);
    if (const auto found = waiting_.find(key); found != waiting_.end()) found->second.erase(ticket);
}

void Openings::done(const UrlKey& key, Opened opened) {
    std::map<Ticket, Wake> woken;
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(key);
        if (found == waiting_.end()) return;
        woken = std::move(found->second);
        waiting_.erase(found);
    }
    const auto shared = std::make_shared<const Opened>(std::move(opened));
    for (const auto& [ticket, wake] : woken)
        wake(shared);
}

}  // namespace ferry::relay

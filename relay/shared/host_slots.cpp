#include "relay/shared/host_slots.hpp"

#include <utility>

namespace ferry::relay {

HostSlots::Ticket HostSlots::take(const std::string& host, std::function<void()> granted) {
    const std::lock_guard lock(mutex_);
    Host& state = hosts_[host];
    if (state.taken < per_host_ && state.queue.empty()) {
        ++state.taken;
        return 0;
    }
    state.queue.push_back(Waiting{++last_ticket_, std::move(granted)});
    return last_ticket_;
}

void HostSlots::take_over(const std::string& host) {
    const std::lock_guard lock(mutex_);
    ++hosts_[host].taken;
}

bool HostSlots::leave(const std::string& host, Ticket ticket) {
    const std::lock_guard lock(mutex_);
    const auto found = hosts_.find(host);
    if (found == hosts_.end()) return false;
    return std::erase_if(found->second.queue,
                         [&](const Waiting& waiting) { return waiting.ticket == ticket; }) > 0;
}

void HostSlots::give_back(const std::string& host) {
    std::function<void()> granted;
    {
        const std::lock_guard lock(mutex_);
        const auto found = hosts_.find(host);
        if (found == hosts_.end()) return;
        Host& state = found->second;
        --state.taken;
        if (state.taken < per_host_ && !state.queue.empty()) {
            granted = std::move(state.queue.front().granted);
            state.queue.pop_front();
            ++state.taken;
        } else if (state.taken == 0) {
            hosts_.erase(found);
        }
    }
    if (granted) granted();
}

std::size_t HostSlots::taken(const std::string& host) const {
    const std::lock_guard lock(mutex_);
    const auto found = hosts_.find(host);
    return found == hosts_.end() ? 0 : found->second.taken;
}

}  // namespace ferry::relay

#include "relay/content/find_object.hpp"

#include "relay/content/freshness.hpp"
#include "relay/shared/openings.hpp"
#include "relay/shared/reply.hpp"
#include "relay/shared/selecting.hpp"

#include <chrono>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::Result;
using OpenedPtr = std::shared_ptr<const Opened>;

namespace {

/// The one who asks has deadlines for each step; their sum, generously.
constexpr std::chrono::seconds kLongestOpening{180};
/// A request that found others' answers useless this often asks for itself.
constexpr int kMaxRounds = 4;

/// Whoever leads tells the others, however it ends.
class Lead {
  public:
    Lead(Openings& openings, const UrlKey& key) : openings_(openings), key_(key) {}
    ~Lead() { openings_.done(key_, std::move(opened)); }
    Lead(const Lead&) = delete;
    Lead& operator=(const Lead&) = delete;

    Opened opened;

  private:
    Openings& openings_;
    UrlKey key_;
};

/// A place among those who wait, left however the wait ends.
class Waiting {
  public:
    Waiting(Openings& openings, const UrlKey& key, Openings::Ticket ticket)
        : openings_(openings), key_(key), ticket_(ticket) {}
    ~Waiting() { openings_.leave(key_, ticket_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

  private:
    Openings& openings_;
    UrlKey key_;
    Openings::Ticket ticket_;
};

/// What went wrong for this one request says nothing about others for the same URL.
bool concerns_all(const base::Error& error) {
    return error.code != "chunk_beyond_end" && error.code != "origin_no_ranges";
}

void tell(Opened& opened, const Result<Found>& outcome) {
    if (outcome) {
        const auto& object = outcome->seat.object();
        opened.unshareable = !object->shared();
        if (object->shared()) opened.object = object;
    } else if (concerns_all(outcome.error())) {
        opened.error = outcome.error();
    }
}

std::shared_ptr<Object> fresh_object(Fetcher& fetcher, const Errand& errand,
                                     const std::shared_ptr<Object>& stored) {
    if (!stored) return nullptr;
    const auto head = stored->head();
    const auto now = fetcher.now();
    const StoredTimes times{head->expires_at, head->age(now)};
    return is_fresh_enough(times, errand.outgoing.control, now) ? stored : nullptr;
}

Found joined(const std::shared_ptr<Object>& object, const Wish& wish) {
    return Found(Seat(object, wish.span), true);
}

/// RFC 9111 section 5.2.1.7: the client wants nothing that must be fetched.
Found not_in_cache(Fetcher& fetcher, const Wish& wish) {
    ObjectHead head;
    head.status = 504;
    head.length = 0;
    head.fetched_at = head.expires_at = fetcher.now();
    return joined(fetcher.cache().make_object(std::move(head), std::nullopt), wish);
}

/// Asks the origin, for itself and for those who wait meanwhile.
asio::awaitable<Result<Found>> lead(std::shared_ptr<Fetcher> fetcher, std::shared_ptr<const Errand> errand,
                                    UrlKey key, Wish wish, std::shared_ptr<Object> stored) {
    Lead lead(fetcher->cache().openings(), key);
    auto fetching = fetch_object(fetcher, std::move(errand), std::move(wish), std::move(stored), true);
    auto outcome = co_await std::move(fetching);
    tell(lead.opened, outcome);
    co_return outcome;
}

/// Whether another's answer serves this request as well.
bool serves(const Opened& opened, const Errand& errand) {
    return opened.object && !opened.object->broken() &&
           is_selected(opened.object->place().selecting, errand.outgoing.fields);
}

}  // namespace

asio::awaitable<Result<Found>> find_object(std::shared_ptr<Fetcher> fetcher,
                                           std::shared_ptr<const Errand> errand, Wish wish) {
    auto& cache = fetcher->cache();
    const auto key = errand->outgoing.key_for(errand->url);
    bool share = errand->outgoing.shareable;
    for (int round = 0; share && round < kMaxRounds; ++round) {
        const auto stored = cache.find(key, errand->outgoing.fields);
        if (const auto fresh = fresh_object(*fetcher, *errand, stored)) {
            ContentCounters::add(fetcher->counters().opened_fresh);
            co_return joined(fresh, wish);
        }
        if (errand->outgoing.control.only_if_cached) co_return not_in_cache(*fetcher, wish);
        if (wish.head_only) break;

        Reply<OpenedPtr> reply(fetcher->io());
        Openings::Wake wake = [reply](OpenedPtr opened) { reply.deliver(std::move(opened)); };
        const auto ticket = cache.openings().lead_or_wait(key, std::move(wake));
        if (ticket == 0) {
            auto leading = lead(fetcher, errand, key, wish, stored);
            co_return co_await std::move(leading);
        }
        const Waiting waiting(cache.openings(), key, ticket);
        const auto came = co_await reply.get(kLongestOpening);
        if (!came)
            co_return fail(
                base::environment("origin_timeout", "the origin did not answer in time; try again later"));
        const Opened& opened = **came;
        if (opened.error) co_return fail(*opened.error);
        if (serves(opened, *errand)) {
            ContentCounters::add(fetcher->counters().opened_joined);
            co_return joined(opened.object, wish);
        }
        share = !opened.unshareable;
    }
    auto fetching = fetch_object(fetcher, errand, std::move(wish), nullptr, false);
    co_return co_await std::move(fetching);
}

}  // namespace ferry::relay::content

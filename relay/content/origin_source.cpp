#include "relay/content/origin_source.hpp"

#include "relay/exit/checked_target.hpp"

#include <chrono>
#include <vector>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::Result;
using StreamResult = Result<std::unique_ptr<SourceStream>>;

namespace {

base::Error stopped() {
    return base::environment("origin_stopped", "the relay is stopping; use another one");
}
base::Error given_up() {
    return base::environment("origin_stopped", "nobody waits for this answer any more");
}

OriginSettings with_clock(OriginSettings settings) {
    if (!settings.now) {
        settings.now = [] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return base::Time{std::chrono::duration_cast<base::Duration>(now).count()};
        };
    }
    return settings;
}

/// The transfer that a GiveUp would end; taken back when the wait is over.
class Hurried {
  public:
    Hurried(std::shared_ptr<GiveUp> give_up, OriginTransfer& transfer) : give_up_(std::move(give_up)) {
        if (give_up_) give_up_->wake = [&transfer] { transfer.abort(given_up()); };
    }
    ~Hurried() {
        if (give_up_) give_up_->wake = nullptr;
    }
    Hurried(const Hurried&) = delete;
    Hurried& operator=(const Hurried&) = delete;

  private:
    std::shared_ptr<GiveUp> give_up_;
};

}  // namespace

OriginSource::OriginSource(asio::io_context& io, const exit::ExitPolicy& policy, exit::Resolver& resolver,
                           HostSlots& hosts, OriginSettings settings, ContentCounters& counters)
    : policy_(policy),
      resolver_(resolver),
      hosts_(hosts),
      settings_(with_clock(std::move(settings))),
      loop_(io),
      shared_{io, loop_, settings_, {}, counters} {
    shared_.check_address = [&policy](const base::IpAddress& address, std::uint16_t port) {
        return policy.check_address(address, port);
    };
}

asio::awaitable<StreamResult> OriginSource::ask(SourceRequest request) {
    const auto is_off = [this, give_up = request.give_up] {
        return stopped_ || (give_up && give_up->given_up);
    };
    const auto& limits = settings_.limits;

    auto url = request.url;
    auto checking = exit::check_target(policy_, resolver_, std::move(url), limits.resolve_timeout);
    auto target = co_await std::move(checking);
    if (!target) co_return fail(std::move(target).error());

    auto host = request.url.authority();
    auto slot = co_await take_slot(shared_.io, hosts_, std::move(host), limits.slot_timeout);
    if (!slot) co_return fail(std::move(slot).error());
    if (is_off()) co_return fail(stopped_ ? stopped() : given_up());

    auto transfer = std::make_unique<OriginTransfer>(shared_, std::move(*slot));
    const Hurried hurried(request.give_up, *transfer);
    if (auto started = transfer->start(request, std::move(target->addresses)); !started)
        co_return fail(std::move(started).error());
    auto came = co_await transfer->wait_for_head();
    if (!came) co_return fail(std::move(came).error());
    std::unique_ptr<SourceStream> stream = std::move(transfer);
    co_return stream;
}

void OriginSource::stop() {
    stopped_ = true;
    const std::vector<OriginTransfer*> running(shared_.running.begin(), shared_.running.end());
    for (auto* transfer : running) {
        if (shared_.running.contains(transfer)) transfer->abort(stopped());
    }
}

}  // namespace ferry::relay::content

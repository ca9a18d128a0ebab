#include "relay/exit/caching_resolver.hpp"

#include <algorithm>

namespace ferry::relay::exit {
namespace {

/// More addresses than anyone tries to connect to.
constexpr std::size_t kMaxAddresses = 32;

base::Unexpected stopped() { return base::fail(base::environment("exit_resolver_stopped", "the relay is shutting down; ask another one")); }

}  // namespace

CachingResolver::CachingResolver(const ResolverSettings& settings, std::unique_ptr<DnsSource> source, Clock clock)
    : settings_(settings), clock_(std::move(clock)), cache_(settings.max_entries), source_(std::move(source)) {}

CachingResolver::~CachingResolver() {
  queue_.clear();
  source_.reset();  // calls finish() for what is running
  for (auto& [name, lookup] : pending_) lookup->finish(stopped());
}

boost::asio::awaitable<base::Result<Addresses>> CachingResolver::resolve(std::string name, std::chrono::milliseconds timeout) {
  if (auto known = cache_.find(name, clock_())) co_return std::move(*known);
  auto lookup = join(name);
  if (!lookup) co_return base::fail(std::move(lookup).error());
  // From here on the resolver may be gone.
  auto waiting = PendingLookup::wait(std::move(*lookup), timeout);
  co_return co_await std::move(waiting);
}

base::Result<std::shared_ptr<PendingLookup>> CachingResolver::join(const std::string& name) {
  if (const auto found = pending_.find(name); found != pending_.end()) return found->second;
  if (running_ >= settings_.max_running && queue_.size() >= settings_.max_waiting) {
    return base::fail(base::environment("exit_resolver_busy", "too many names are being looked up; try again in a few seconds"));
  }
  auto lookup = std::make_shared<PendingLookup>();
  pending_.emplace(name, lookup);
  queue_.push_back(name);
  start_queued();
  return lookup;
}

void CachingResolver::start_queued() {
  // An answer that comes at once ends in here again: the loop outside goes on with the next name.
  if (starting_) return;
  starting_ = true;
  while (running_ < settings_.max_running && !queue_.empty()) {
    const std::string name = std::move(queue_.front());
    queue_.pop_front();
    start(name);
  }
  starting_ = false;
}

void CachingResolver::start(const std::string& name) {
  // Held by nobody but the map: all who asked have given up while it stood in the queue.
  const auto found = pending_.find(name);
  if (found->second.use_count() == 1) {
    pending_.erase(found);
    return;
  }
  ++running_;
  source_->lookup(name, [this, name](base::Result<DnsAnswer> answer) { finish(name, std::move(answer)); });
}

void CachingResolver::finish(const std::string& name, base::Result<DnsAnswer> answer) {
  --running_;
  const auto keep = keep_time(answer);
  Outcome outcome = std::move(answer).map([](DnsAnswer good) {
    good.addresses.resize(std::min(good.addresses.size(), kMaxAddresses));
    return std::move(good.addresses);
  });
  if (keep > std::chrono::seconds::zero()) cache_.put(name, outcome, clock_() + keep);
  if (auto pending = pending_.extract(name)) pending.mapped()->finish(std::move(outcome));
  start_queued();
}

std::chrono::seconds CachingResolver::keep_time(const base::Result<DnsAnswer>& answer) const {
  if (answer) return std::clamp(answer->ttl, settings_.ttl_floor, std::max(settings_.ttl_floor, settings_.ttl_ceiling));
  if (answer.error().code == "exit_resolver_stopped") return std::chrono::seconds::zero();
  return answer.error().code == "exit_name_not_found" ? settings_.negative_ttl : settings_.failure_ttl;
}

}  // namespace ferry::relay::exit

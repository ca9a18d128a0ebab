#pragma once
// The resolver that the relay uses: remembers answers, asks a DnsSource for the rest, asks once however many wait for the same name,
// and never asks more than a fixed number of questions at one time.

#include <utility>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "relay/exit/answer_cache.hpp"
#include "relay/exit/dns_source.hpp"
#include "relay/exit/pending_lookup.hpp"
#include "relay/exit/resolver.hpp"

namespace ferry::relay::exit {

/// Threads: one, that of the coroutines that call resolve(). Lifetime: coroutines that still wait when it is destroyed get
/// "exit_resolver_stopped".
class CachingResolver final : public Resolver {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  CachingResolver(const ResolverSettings& settings, std::unique_ptr<DnsSource> source, Clock clock = &std::chrono::steady_clock::now);
  ~CachingResolver() override;

  boost::asio::awaitable<base::Result<Addresses>> resolve(std::string name, std::chrono::milliseconds timeout) override;

 private:
  using Outcome = PendingLookup::Outcome;

  /// The lookup that is under way for `name`, or a new one. Errors: environment "exit_resolver_busy".
  base::Result<std::shared_ptr<PendingLookup>> join(const std::string& name);
  void start_queued();
  void start(const std::string& name);
  void finish(const std::string& name, base::Result<DnsAnswer> answer);
  /// How long to remember; zero: not at all.
  std::chrono::seconds keep_time(const base::Result<DnsAnswer>& answer) const;

  ResolverSettings settings_;
  Clock clock_;
  AnswerCache cache_;
  std::unordered_map<std::string, std::shared_ptr<PendingLookup>> pending_;
  std::deque<std::string> queue_;  ///< names in pending_ that were not asked yet
  std::size_t running_ = 0;
  bool starting_ = false;
  std::unique_ptr<DnsSource> source_;
};

}  // namespace ferry::relay::exit

#pragma once
// Names to addresses for the relay's way out. Judges nothing: check_target() does. One resolver belongs to one worker.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay::exit {

using Addresses = std::vector<base::IpAddress>;

/// Threads: only the thread that runs its io_context.
class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// A and AAAA of `name` (canonical, as base::Host gives it), never empty on success.
  /// Errors, all of kind environment: "exit_name_not_found", "exit_resolver_timeout", "exit_resolver_failed", "exit_resolver_busy",
  /// "exit_resolver_stopped".
  virtual boost::asio::awaitable<base::Result<Addresses>> resolve(std::string name, std::chrono::milliseconds timeout) = 0;
};

struct ResolverSettings {
  std::vector<std::string> servers;            ///< "address" or "address:port", IPv6 in brackets; empty: /etc/resolv.conf
  std::chrono::seconds ttl_floor{5};           ///< an answer is kept at least this long …
  std::chrono::seconds ttl_ceiling{300};       ///< … and at most this long
  std::chrono::seconds negative_ttl{15};       ///< for "no such name"
  std::chrono::seconds failure_ttl{5};         ///< for servers that fail or do not answer
  std::size_t max_entries = 4096;              ///< names in the cache
  std::size_t max_running = 128;               ///< lookups at one time
  std::size_t max_waiting = 512;               ///< names that wait for one of those; more are refused as busy
  std::chrono::milliseconds server_timeout{1000};  ///< until the next try, which waits twice as long
  int tries = 3;                               ///< per server
};

/// c-ares on `io`, behind an answer cache. /etc/hosts is read first; search domains are never appended.
/// Lifetime: destroy it before `io`; lookups still awaited then end with "exit_resolver_stopped".
/// Errors: environment "exit_resolver_start", also for servers that cannot be parsed.
base::Result<std::unique_ptr<Resolver>> make_resolver(boost::asio::io_context& io, ResolverSettings settings);

}  // namespace ferry::relay::exit

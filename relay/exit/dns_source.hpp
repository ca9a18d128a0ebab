#pragma once
// Where the resolver's answers come from when its cache has none: one question, one call back. CachingResolver uses it; c-ares
// implements it for the relay and a script for tests.

#include <chrono>
#include <functional>
#include <string>

#include "protocol/base/result.hpp"
#include "relay/exit/resolver.hpp"

namespace ferry::relay::exit {

struct DnsAnswer {
  Addresses addresses;  ///< not empty
  std::chrono::seconds ttl{0};
};

class DnsSource {
 public:
  using Done = std::function<void(base::Result<DnsAnswer>)>;

  DnsSource() = default;
  DnsSource(const DnsSource&) = delete;
  DnsSource& operator=(const DnsSource&) = delete;
  /// Calls what was not called yet, with "exit_resolver_stopped".
  virtual ~DnsSource() = default;

  /// Calls `done` exactly once, after a bounded time, perhaps before lookup() returns. Errors: as Resolver::resolve().
  virtual void lookup(const std::string& name, Done done) = 0;
};

}  // namespace ferry::relay::exit

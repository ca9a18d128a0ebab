#pragma once
// AddressLimits: how many connections one client address may hold, counted over all workers: per IPv4 address, per IPv6 /56.
// Threads: any.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "protocol/base/ip.hpp"

namespace ferry::relay {

class AddressLimits {
 public:
  AddressLimits(std::size_t total, std::size_t per_address) : total_limit_(total), per_address_(per_address) {}

  /// False when there are too many already; else counted until leave().
  bool enter(const base::IpAddress& address);
  void leave(const base::IpAddress& address);

 private:
  /// What counts as one client: a household's IPv6 prefix is one.
  static base::IpAddress key_of(const base::IpAddress& address);

  const std::size_t total_limit_;
  const std::size_t per_address_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::map<base::IpAddress, std::size_t> counts_;
};

}  // namespace ferry::relay

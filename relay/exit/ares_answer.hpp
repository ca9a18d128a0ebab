#pragma once
// What c-ares reports for a question, as Ferry's values. Internal to AresSource.

#include <ares.h>

#include "protocol/base/result.hpp"
#include "relay/exit/dns_source.hpp"

namespace ferry::relay::exit {

/// `result` may be null unless `status` is ARES_SUCCESS. The time to live is the shortest of all records, aliases included.
/// Errors: as Resolver::resolve().
base::Result<DnsAnswer> answer_from(int status, const ares_addrinfo* result);

}  // namespace ferry::relay::exit

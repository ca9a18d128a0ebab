#pragma once
// start_discovery: from the settings to a running Discovery. Used by main().

#include <memory>
#include <string>

#include "protocol/base/key.hpp"
#include "relay/discovery/discovery.hpp"
#include "relay/ops/data_directory.hpp"
#include "relay/shared/content_cache.hpp"

namespace ferry::relay::discovery {

/// As what this relay wants to be found. Lifetime: `identity` outlives what is started.
struct FoundAs {
  const base::SecretKey& identity;
  const RelaySettings& settings;
  const DataDirectory& data;
  const std::string& authority;   ///< "host:port" that clients dial
  base::Hash256 policy_hash;
  std::string software;
};

/// Lifetime: the others outlive what is started. Errors: those of OwnDescriptor and Discovery::start().
base::Result<std::unique_ptr<Discovery>> start_discovery(const FoundAs& as, RelayDirectory& directory, DiscoveryCounters& counters, ContentCache& cache);

}  // namespace ferry::relay::discovery

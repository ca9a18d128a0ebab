#pragma once
// run_watchtower: `ferry-relay watchtower`, from settings to shutdown.

#include "protocol/base/result.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Runs until a signal ends it; writes its ready line to standard output. Uses listen, data_dir, ledger and watch_relays of the settings.
/// Errors: environment, those of the data directory, the ledger and its files, "admin_listen"; refusal "watchtower_settings".
base::Result<void> run_watchtower(const RelaySettings& settings);

}  // namespace ferry::relay

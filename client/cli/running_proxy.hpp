#pragma once
// RunningProxy: a `ferry proxy` that has the data directory now, and so its lock: where it listens stands in a file beside the keys, and what it
// spends it tells itself. So that `ferry wallet show` works while it runs.

#include <optional>
#include <string>

namespace ferry::cli {

/// Writes where the proxy of this data directory listens; forget_proxy() takes it back. Failing to write costs only the convenience.
void remember_proxy(const std::string& data_dir, const std::string& address);
void forget_proxy(const std::string& data_dir);

/// Its /status.json; nullopt when none runs, or it does not answer within a second.
std::optional<std::string> status_of_running_proxy(const std::string& data_dir);

}  // namespace ferry::cli

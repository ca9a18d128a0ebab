#pragma once
// FetchRequest: one job as the user asked for it, checked and in canonical form; and what the user hears about it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/transport/relay_reference.hpp"
#include "pricing/quote.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

struct FetchRequest {
  std::string url;               ///< canonical
  std::string method = "GET";    ///< or HEAD
  content::Headers headers;      ///< lower-case names; none that belongs to a connection or a range
  std::optional<std::filesystem::path> file;
  bool resume = false;
  std::optional<base::Amount> budget;
  std::optional<base::Amount> max_price;  ///< per MiB
  std::optional<base::Hash256> sha256;
  content::VerificationLevel verify = content::VerificationLevel::relay;
  std::vector<RelayReference> relays;     ///< in order of preference; not empty
};

/// Makes url, method and headers canonical. Refusals: those of base::Url, "method_not_allowed", "request_header".
base::Result<void> make_canonical(FetchRequest& request);

struct FetchProgress {
  std::uint64_t bytes_done = 0;
  std::optional<std::uint64_t> bytes_total;
  std::uint64_t resumed_from = 0;
  base::Amount charged;
};

/// All on the loop; each may be empty.
struct FetchCallbacks {
  std::function<bool(const std::string& quote_json)> on_quote;  ///< false: no
  std::function<void(const content::Manifest& head)> on_head;
  std::function<bool(std::uint64_t offset, base::ByteView bytes)> on_data;  ///< false: stop
  std::function<void(const FetchProgress& progress)> on_progress;
  std::function<void(const std::string& receipt_json, const base::Error* error)> on_done;
};

}  // namespace ferry::client

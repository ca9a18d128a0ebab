#pragma once
// FetchRequest: one job as the user asked for it, checked and in canonical form; and what the user hears about it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/fetch/chunk_run.hpp"
#include "client/loop/loop.hpp"
#include "client/pay/budget.hpp"
#include "client/transport/relay_reference.hpp"
#include "pricing/quote.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/verifier.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

/// Chunks of one fetch that are asked for and not yet taken: 2 MiB, as wire::kInitialWindow.
inline constexpr std::size_t kChunksAhead = 8;

/// Relays that bring parts of one body at the same time. Each needs a channel with a deposit.
inline constexpr std::size_t kRelaysAtOnce = 4;
inline constexpr std::size_t kMaxRelaysAtOnce = 16;

struct FetchRequest {
  std::string url;               ///< canonical
  std::string method = "GET";    ///< or HEAD
  bool follow_redirects = true;  ///< by the relay; else a redirect is the response
  content::Headers headers;      ///< lower-case names; none that belongs to a connection or a range
  std::optional<std::filesystem::path> file;
  bool resume = false;
  std::optional<base::Amount> budget;
  std::shared_ptr<Budget> within;         ///< a further budget that counts too: an app's; may be null
  std::optional<base::Amount> max_price;  ///< per MiB
  std::optional<base::Hash256> sha256;
  content::VerificationLevel verify = content::VerificationLevel::relay;
  std::size_t quorum = 0;  ///< with verify quorum: how many independent relays must agree
  bool or_tunnel = false;  ///< such content ends the fetch with "content_differs", so that it can be carried instead
  bool or_relay = false;   ///< with verify quorum: one relay's word will do for content that relays are answered differently about
  std::optional<base::Hash256> root;  ///< asked for by content address; `url` is its content::root_url()
  std::vector<RelayReference> relays;     ///< in order of preference; not empty
  /// What of the body is wanted when the origin's status is 200; any other body is delivered whole. For a GET without a file, digest or more than
  /// the level relay, which are about a whole.
  std::optional<ByteRange> range;
  std::size_t relays_at_once = kRelaysAtOnce;  ///< that bring parts of one body, 1 to kMaxRelaysAtOnce
  bool race = false;  ///< latency matters: two relays are asked at once, for the first chunk only, and whose head comes first goes on
  std::size_t chunks_ahead = kChunksAhead;  ///< 1 to kChunksAhead; fewer take less memory while the receiver is slow
};

/// Makes url, method and headers canonical; what names content becomes `root`. Refusals: those of base::Url and parse_content_name(),
/// "method_not_allowed", "request_header".
base::Result<void> make_canonical(FetchRequest& request);

/// A range that this request can have. Refusals: "range_invalid", "range_not_satisfiable" (no body is that long).
base::Result<void> check_range(const FetchRequest& request);

/// Of what is wanted: the body, or its range.
struct FetchProgress {
  std::uint64_t bytes_done = 0;
  std::optional<std::uint64_t> bytes_total;
  std::uint64_t resumed_from = 0;
  base::Amount charged;
};

/// All on the loop; each may be empty.
struct FetchCallbacks {
  std::function<bool(const std::string& quote_json)> on_quote;  ///< false: no
  /// With a quorum not before others vouch for what it is about.
  std::function<void(const content::Manifest& head)> on_head;
  std::function<bool(std::uint64_t offset, base::ByteView bytes)> on_data;  ///< false: stop
  /// In place of on_data, without a file: takes the bytes over, in order, and calls `taken` on the loop when it is done with them, inside the call or
  /// much later. Until then the chunk counts among FetchRequest::chunks_ahead, so a slow receiver slows the relay down; the fetch does not end
  /// before all is taken, unless it is cancelled. `taken` may be called after the end, to no effect, but once only; it holds nothing of the chunk.
  std::function<void(std::uint64_t offset, wire::Payload bytes, Task taken)> on_chunk_data;
  /// Owed to this relay for the request (no bytes) or a chunk.
  std::function<void(const std::string& relay, base::Amount charge, std::uint64_t bytes)> on_charged;
  std::function<void(const FetchProgress& progress)> on_progress;
  std::function<void(const std::string& receipt_json, const base::Error* error)> on_done;
};

}  // namespace ferry::client

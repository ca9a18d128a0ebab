#pragma once
// WatchRow: what a relay leaves with a watchtower: one claim of one channel with the relay's own signature over it, so that anybody can send it
// while the relay is away. It can only ever pay the channel's receiver, and never more than the payer promised. The same bytes are sent over
// HTTP and kept on disk.

#include <vector>

#include "channels/channel_config.hpp"
#include "protocol/base/key.hpp"

namespace ferry::relay {

inline constexpr std::size_t kMaxRowsAtOnce = 200;
inline constexpr std::size_t kMaxWatchRowBytes = 512;
inline constexpr std::size_t kMaxWatchBody = 4 + kMaxRowsAtOnce * kMaxWatchRowBytes;

struct WatchRow {
  channels::ClaimRow row;
  base::Signature claim_signature;  ///< receiverAuthorizer's over a claim batch of this row alone
};

/// Signs for a channel of which `relay` is the receiverAuthorizer.
WatchRow sign_watch_row(const base::Hash256& domain_separator, channels::ClaimRow row, const base::SecretKey& relay);

/// Both signatures, the total within the ceiling, the configuration. Refusals: "watch_row_above_ceiling" and those of
/// channels::check() and check_signature().
base::Result<void> check_watch_row(const base::Hash256& domain_separator, const WatchRow& row);

base::Bytes pack(const WatchRow& row);
/// Errors: peer_fault, those of PackReader and of the channel's configuration.
base::Result<WatchRow> unpack_watch_row(base::ByteView bytes);

/// Several, as the body of a request. Precondition: at most kMaxRowsAtOnce.
base::Bytes pack_watch_rows(const std::vector<WatchRow>& rows);
/// Errors: as unpack_watch_row().
base::Result<std::vector<WatchRow>> unpack_watch_rows(base::ByteView bytes);

}  // namespace ferry::relay

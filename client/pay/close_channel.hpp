#pragma once
// close_channel: what is left in a channel comes back into the wallet at once, because its relay signs for it. As one procedure that reads
// downwards and blocks. Whatever goes wrong, withdraw_step() still gets the money, later.

#include <functional>
#include <optional>

#include "client/pay/withdraw.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

/// Asks a channel's relay, and waits. Errors: the relay's refusals, by their codes; environment "relay_unreachable", "relay_silent". Threads: any but
/// the loop's.
using AskToClose = std::function<base::Result<wire::CloseSigned>(const wire::CloseChannel& message)>;

struct CloseOrder {
  AskToClose ask;
  const base::SecretKey& wallet;
  const base::SecretKey& session;  ///< signs the last voucher
  base::Hash256 domain_separator;
};

/// nullopt: there is nothing that a relay could give back sooner than the ledger. Nothing is signed for the channel after its last voucher (C4), and
/// that is durable before the relay is asked. A relay that is delivering on it is asked again a few times. Refused is a refund that leaves less than
/// a withdrawal would at worst (refusal "refund_too_low"), and one that is not signed by the relay for this channel (peer_fault "refund_forged").
/// What is sent is in the journal as a withdrawal is. Errors: these, those of AskToClose and of withdraw_step(); after "withdraw_unknown" the refund is
/// on its way, and only a later call may go on. Threads: a blocking one.
base::Result<std::optional<WithdrawStep>> close_channel(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::PayerChannel& channel,
                                                        const CloseOrder& order, const MakeDurable& durable, base::Time now,
                                                        const Waiting& waiting);

}  // namespace ferry::client

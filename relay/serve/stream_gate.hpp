#pragma once
// What every stream has before and after its own steps, be it a request or a tunnel: whether this relay sells now, who pays, and how the end is
// told. Used by serve_request and serve_tunnel.

#include "relay/serve/client_connection.hpp"

namespace ferry::relay {

/// Refusal "draining"; environment "ledger_blind".
base::Result<void> check_selling(const Node& node);

/// To whom the offer is made. Without a channel it is made to the session's own key: enough to look at it, not to accept it.
base::Address payer_of(ClientConnection& connection, const Stream& stream);

/// Who pays. The channel may have been named while the offer was on its way. Refusal "channel_not_named".
base::Result<base::Address> check_can_pay(const ClientConnection& connection, const Stream& stream);

/// Done, or Refused with the reason, unless the connection is gone.
void end_stream(ClientConnection& connection, const Stream& stream, const base::Result<void>& outcome);

}  // namespace ferry::relay

#pragma once
// close_channel: a client wants back what it has not spent. The relay takes its last voucher, makes it durable that the channel sells nothing
// more, and signs what may go back; the client takes that to the ledger.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

boost::asio::awaitable<void> close_channel(std::shared_ptr<ClientConnection> connection, wire::CloseChannel message);

}  // namespace ferry::relay

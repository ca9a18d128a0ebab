#pragma once
// open_channel: a client names the channel that it will pay from; the relay reads the chain, makes the channel known and answers its state.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

boost::asio::awaitable<void> open_channel(std::shared_ptr<ClientConnection> connection, wire::OpenChannel message);

}  // namespace ferry::relay

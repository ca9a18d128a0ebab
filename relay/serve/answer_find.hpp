#pragma once
// answer_find: a client asks who else is there, or who holds an object. The first is answered from what this relay knows, the second after a search.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

void answer_find(ClientConnection& connection, const wire::FindRelays& asked);
boost::asio::awaitable<void> answer_find(std::shared_ptr<ClientConnection> connection, wire::FindHolders asked);

}  // namespace ferry::relay

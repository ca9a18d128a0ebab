#pragma once
// answer_ledger_call: a client speaks to the relay's ledger through its session (docs/ledger.md); the call runs on the blocking pool.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

boost::asio::awaitable<void> answer_ledger_call(std::shared_ptr<ClientConnection> connection, wire::LedgerCall call);

}  // namespace ferry::relay

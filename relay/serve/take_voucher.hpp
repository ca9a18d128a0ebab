#pragma once
// take_voucher: a client promises more. Checked and made durable by the LedgerBook; a refusal is told by its reason and changes nothing.

#include <memory>

#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

void take_voucher(std::shared_ptr<ClientConnection> connection, const wire::VoucherMessage& message);

}  // namespace ferry::relay

#pragma once
// Why the channel contract said no: from the bytes of a revert to the code that the embedded ledger's rules use for the same thing. Pure.
// Source: channels/contracts (its errors bear those codes as names); Solidity, "Error handling".

#include <string>

#include "protocol/base/bytes.hpp"

namespace ferry::chain::evm {

/// The contract's error code; "contract_panic" for a failed check of the compiler, "reverted" for anything else.
std::string code_of_revert(base::ByteView data);

/// The text of a revert with one, made safe to show; empty otherwise.
std::string text_of_revert(base::ByteView data);

}  // namespace ferry::chain::evm

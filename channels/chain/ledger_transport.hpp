#pragma once
// LedgerTransport: how a question reaches the relay that keeps a ledger: through HTTP, through a relay session, or in process. Carries
// texts and knows nothing of their meaning.

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "channels/chain/chain_backend.hpp"

namespace ferry::chain {

inline constexpr std::array<std::string_view, 10> kLedgerMethods{"info",   "balance", "channel", "unsettled",        "nonce",
                                                                 "submit", "receipt", "events",  "faucet_challenge", "faucet"};

/// The code with which a relay that is paid on a chain answers: others can ask the chain themselves.
inline constexpr std::string_view kLedgerOnChain = "ledger_on_chain";

/// To be asked before a method's name goes into a path or to another relay.
inline bool is_ledger_method(std::string_view method) {
  return std::find(kLedgerMethods.begin(), kLedgerMethods.end(), method) != kLedgerMethods.end();
}

/// Sends `body` (JSON of at most kMaxLedgerText) to `method` and waits for the answer's text; blocks.
/// ok: a text came back, whatever it says. failed: nothing was sent, the ledger knows nothing of it. unknown: it may have been sent and
/// may have taken effect. Threads: must be callable from any.
using LedgerTransport = std::function<Outcome<std::string>(std::string_view method, std::string body)>;

}  // namespace ferry::chain

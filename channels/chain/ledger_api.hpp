#pragma once
// The embedded ledger's JSON API, on the side of the relay that keeps it: one function from a method and a body to an answer. How bodies
// travel (HTTP POST /ledger/v1/<method>, a message of a session) is the caller's business. Source: docs/ledger.md.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "channels/chain/embedded_ledger.hpp"
#include "channels/chain/ledger_transport.hpp"

namespace ferry::chain {

/// Always an answer, maybe {"error": …}. Methods: see kLedgerMethods. Blocks while SQLite works. Threads: any.
/// Errors inside the answer: peer_fault "ledger_method" and those of JsonReader, and what the ledger says. What is wrong with its disk is
/// told without names of files.
nlohmann::json handle(EmbeddedLedger& ledger, std::string_view method, const nlohmann::json& body);

/// The same from text to text, for a body of at most kMaxLedgerText that a stranger sent. Further errors: those of parse_json().
std::string handle_text(EmbeddedLedger& ledger, std::string_view method, std::string_view body);

/// The HTTP status that goes with an answer: 200, 400 (peer_fault), 409 (refusal), 503 (environment), 500 (bug).
int http_status(const nlohmann::json& answer);

/// A transport that stays in this process. Lifetime: within the ledger's.
LedgerTransport local_transport(EmbeddedLedger& ledger);

}  // namespace ferry::chain

#pragma once
// The JSON of the ledger's API: every request and answer, written and read, so that both sides share one definition. ledger_api reads
// requests and writes answers, remote_ledger the reverse. Pure. Source: docs/ledger.md.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/faucet.hpp"
#include "channels/chain/ledger_transaction.hpp"

namespace ferry::chain {

/// The longest request or answer that is read.
inline constexpr std::size_t kMaxLedgerText = 256 * 1024;
/// What Ferry itself writes stays below this, because it must fit a message of a session. A full claim takes 25 KB.
inline constexpr std::size_t kMaxWrittenLedgerText = 64 * 1024;
/// Of one answer: of the longest events these take 55 KB. Who wants more asks again.
inline constexpr std::uint32_t kEventsPage = 250;

// --- requests; the method says which ---
struct EmptyRequest {};                                         // info
struct AccountRequest { base::Address account; };               // balance, nonce, faucet_challenge
struct ChannelRequest { base::ChannelId channel; };             // channel, refund_nonce
struct UnsettledRequest { base::Address receiver; base::Address token; };
struct SubmitRequest { base::Bytes transaction; };
struct ReceiptRequest { TransactionId id; };
struct EventsRequest { base::Address receiver; std::uint64_t after = 0; std::uint32_t limit = kEventsPage; };

nlohmann::json write_request(const EmptyRequest& request);
nlohmann::json write_request(const AccountRequest& request);
nlohmann::json write_request(const ChannelRequest& request);
nlohmann::json write_request(const UnsettledRequest& request);
nlohmann::json write_request(const SubmitRequest& request);
nlohmann::json write_request(const ReceiptRequest& request);
nlohmann::json write_request(const EventsRequest& request);
nlohmann::json write_request(const FaucetProof& request);

/// Strict: errors peer_fault "json_member", "json_unknown_member".
base::Result<void> read_request(const nlohmann::json& body, EmptyRequest& request);
base::Result<void> read_request(const nlohmann::json& body, AccountRequest& request);
base::Result<void> read_request(const nlohmann::json& body, ChannelRequest& request);
base::Result<void> read_request(const nlohmann::json& body, UnsettledRequest& request);
base::Result<void> read_request(const nlohmann::json& body, SubmitRequest& request);
base::Result<void> read_request(const nlohmann::json& body, ReceiptRequest& request);
base::Result<void> read_request(const nlohmann::json& body, EventsRequest& request);
base::Result<void> read_request(const nlohmann::json& body, FaucetProof& request);

// --- answers ---
struct BalanceAnswer { base::Amount balance; };
struct NonceAnswer { std::uint64_t nonce = 0; };
struct UnsettledAnswer { base::Amount unsettled; };
struct GrantAnswer { base::Amount granted; };
using ReceiptAnswer = std::optional<Receipt>;
using EventsAnswer = std::vector<ChainEvent>;

nlohmann::json write_answer(const ChainInfo& answer);
nlohmann::json write_answer(const BalanceAnswer& answer);
nlohmann::json write_answer(const NonceAnswer& answer);
nlohmann::json write_answer(const channels::ChainChannel& answer);
nlohmann::json write_answer(const UnsettledAnswer& answer);
nlohmann::json write_answer(const ReceiptAnswer& answer);
nlohmann::json write_answer(const EventsAnswer& answer);
nlohmann::json write_answer(const FaucetChallenge& answer);
nlohmann::json write_answer(const GrantAnswer& answer);

/// Members that are not known are passed over: a newer ledger may say more. Errors: peer_fault "json_member".
base::Result<void> read_answer(const nlohmann::json& body, ChainInfo& answer);
base::Result<void> read_answer(const nlohmann::json& body, BalanceAnswer& answer);
base::Result<void> read_answer(const nlohmann::json& body, NonceAnswer& answer);
base::Result<void> read_answer(const nlohmann::json& body, channels::ChainChannel& answer);
base::Result<void> read_answer(const nlohmann::json& body, UnsettledAnswer& answer);
base::Result<void> read_answer(const nlohmann::json& body, ReceiptAnswer& answer);
base::Result<void> read_answer(const nlohmann::json& body, EventsAnswer& answer);
base::Result<void> read_answer(const nlohmann::json& body, FaucetChallenge& answer);
base::Result<void> read_answer(const nlohmann::json& body, GrantAnswer& answer);

/// {"error": {"kind", "code", "message"}}
nlohmann::json write_error(const base::Error& error);
/// nullopt when `body` is not an error.
std::optional<base::Error> read_error(const nlohmann::json& body);

}  // namespace ferry::chain

#pragma once
// Node: one node of an EVM chain, asked through JSON-RPC. Every answer is read strictly; whether it is true, a single node cannot show: see Nodes.
// Source: the Ethereum JSON-RPC specification.

#include <atomic>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "channels/chain/evm/contract_calls.hpp"
#include "channels/chain/evm/contract_logs.hpp"
#include "channels/chain/evm/json_rpc.hpp"

namespace ferry::chain::evm {

struct Block {
  std::uint64_t number = 0;
  base::Hash256 hash;
  base::Time time;
  friend bool operator==(const Block&, const Block&) = default;
};

/// Where a question is to be answered: after a block, or after the newest that the node has.
struct At {
  std::optional<std::uint64_t> block;
  static At latest() { return {}; }
  static At number(std::uint64_t number) { return At{number}; }
};

/// The contract said no.
struct Reverted {
  std::string code;  ///< of code_of_revert()
  std::string text;
};

/// A receipt as a node gives it.
struct NodeReceipt {
  std::uint64_t block = 0;
  base::Hash256 block_hash;
  bool succeeded = false;
  std::uint64_t gas_used = 0;
  std::optional<base::Amount> gas_price;  ///< old nodes do not say

  bool tells_the_same_as(const NodeReceipt& other) const {
    return block == other.block && block_hash == other.block_hash && succeeded == other.succeeded && gas_used == other.gas_used;
  }
};

/// A transaction as a node knows it, waiting or executed.
struct NodeTransaction {
  base::Address from;
  Call call;
  base::Amount gas_price;
  std::uint64_t gas_limit = 0;
};

/// What a node said of a transaction that was sent to it.
enum class Sent {
  taken,        ///< or known already
  nonce_used,   ///< executed already, it or another
  underpriced,  ///< another with the same nonce pays as much, or the node asks for more
  no_money,
  invalid,      ///< no chain will ever take these bytes
  refused,      ///< for another reason, which may pass
};

/// Errors of all questions: those of the transport and peer_fault "rpc_answer" (the node fails); environment "rpc_refused" (the node
/// understood and says no: it lacks the block, the range is too large); their messages name the node. Threads: any.
class Node {
 public:
  /// `name` is shown in errors: no secret.
  Node(std::string name, JsonRpcTransport transport) : name_(std::move(name)), transport_(std::move(transport)) {}
  const std::string& name() const { return name_; }

  base::Result<std::uint64_t> chain_id();
  base::Result<Block> latest_block();
  /// Error environment "rpc_refused" when it has none of this number.
  base::Result<Block> block(std::uint64_t number);
  /// Keccak-256 of the code at an address; nullopt when there is none.
  base::Result<std::optional<base::Hash256>> code_hash(const base::Address& at);
  /// The words that the contract gives; a revert is an error environment "rpc_refused".
  base::Result<base::Bytes> view(const Call& call, At at);
  /// What would become of a call.
  base::Result<std::variant<base::Bytes, Reverted>> simulate(const Call& call, const base::Address& from, At at);
  base::Result<std::variant<std::uint64_t, Reverted>> estimate_gas(const Call& call, const base::Address& from);
  base::Result<base::Amount> balance(const base::Address& account, At at);
  /// How many transactions of the account were executed.
  base::Result<std::uint64_t> nonce(const base::Address& account, At at);
  /// The same with those that wait.
  base::Result<std::uint64_t> pending_nonce(const base::Address& account);
  base::Result<base::Amount> gas_price();
  struct SentAnswer {
    Sent sent = Sent::refused;
    std::string message;
  };
  base::Result<SentAnswer> send(base::ByteView raw);
  base::Result<std::optional<NodeReceipt>> receipt(const TransactionId& id);
  base::Result<std::optional<NodeTransaction>> transaction(const TransactionId& id);
  /// Logs of blocks `from` to `to` with one of `kinds` as their first topic and `receiver` as their third, in order.
  base::Result<std::vector<Log>> logs(const base::Address& contract, std::span<const base::Hash256> kinds, const base::Address& receiver,
                                      std::uint64_t from, At to);

  /// Logs of the channels that `payer` opened, of blocks `from` to `to`, in order.
  base::Result<std::vector<Log>> created_channels(const base::Address& contract, const base::Address& payer, std::uint64_t from, std::uint64_t to);

 private:
  base::Result<std::vector<Log>> logs_by(const base::Address& contract, nlohmann::json topics, std::uint64_t from, At to);
  base::Result<RpcAnswer> ask(std::string_view method, nlohmann::json params);
  base::Result<nlohmann::json> result_of(std::string_view method, nlohmann::json params);
  base::Result<Block> read_block(const nlohmann::json& body) const;
  base::Result<base::Amount> ask_amount(std::string_view method, nlohmann::json params);
  base::Result<std::uint64_t> ask_number(std::string_view method, nlohmann::json params);
  base::Error about(base::Error error) const;
  base::Unexpected senseless(std::string_view method) const;

  std::string name_;
  JsonRpcTransport transport_;
  std::atomic<std::uint64_t> next_id_{1};
};

/// From a node's words. Source: the messages of geth, of which BTTC's node and most others descend.
Sent read_send_error(std::string_view message);

}  // namespace ferry::chain::evm

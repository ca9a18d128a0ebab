// Any text as a node's answer: as JSON of each form that is read, as the words of a contract, and as what a backend hears to every question.
// Nothing falls over, and what is read keeps to what its type promises.

#include <cstdint>
#include <string>

#include "channels/chain/evm/contract_errors.hpp"
#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/evm/node_json.hpp"
#include "channels/chain/json_reader.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using ferry::fuzz::require;

namespace {

const base::Address kSomebody = base::Address::from(base::Bytes(20, 0xc0)).value();

/// What would follow `"result":` of an answer.
void as_a_result(const std::string& text) {
  const auto body = parse_json(text, kMaxRpcText, 8);
  if (!body) return;
  const auto logs = read_node_logs(*body);
  if (logs) {
    std::uint64_t last = 0;
    for (const auto& log : *logs) {
      const auto created = read_created(log, {1, log.address}, kSomebody);
      require(!created || created->payer == kSomebody, "a channel that is found is the payer's");
      const auto event = read_log(log, log.address, kSomebody, kSomebody);
      if (!event || !*event) continue;
      require((*event)->sequence >= last, "events grow with their place");
      last = (*event)->sequence;
    }
  }
  const auto block = read_node_block(*body);
  require(!block || block->number <= kMaxBlock, "a block has a sequence");
  read_node_receipt(*body, {});
  read_node_transaction(*body, {});
}

void as_words(base::ByteView bytes) {
  const auto state = read_channel_state(bytes);
  require(!state || state->total_claimed <= state->balance, "no channel pays more than it holds");
  const auto earnings = read_receivers(bytes);
  require(!earnings || earnings->settled <= earnings->claimed, "no more is settled than was claimed");
  require(!code_of_revert(bytes).empty(), "a revert has a code");
  text_of_revert(bytes);
  read_legacy(bytes);
}

void as_every_answer(const std::string& text) {
  EvmUrl url;
  url.nodes = {"http://a", "http://b"};
  url.contract = url.token = kSomebody;
  EvmTerms terms;
  terms.wait = base::Duration::zero();
  terms.clock = [] { return base::Time{}; };
  terms.pause = [](base::Duration) {};
  const JsonRpcTransport transport = [&](const std::string&) { return Outcome<std::string>::ok(text); };
  EvmBackend backend(url, {transport, transport}, terms);
  require(!backend.info().is_ok(), "one text is not the answer to every question");
  backend.read_channel({});
  backend.events(kSomebody, 0, kMaxEvents);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes{data, size};
  const std::string text{base::text_of(bytes)};
  as_a_result(text);
  as_words(bytes);
  if (const auto answer = read_rpc_answer(text, 1); answer && std::holds_alternative<RpcError>(*answer)) {
    read_send_error(std::get<RpcError>(*answer).message);
  }
  as_every_answer(text);
  return 0;
}

#include "tests/chain/evm_chain.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "channels/chain/evm/http_json_rpc.hpp"
#include "channels/chain/evm/quantity.hpp"
#include "channels/chain/json_reader.hpp"

namespace ferry::chain::evm::test {
namespace {

using nlohmann::json;

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) FAIL(name, " is not set: tests/integration/test_evm_backend.py runs this program");
  return value;
}

JsonRpcTransport carrier(const std::string& url) { return http_json_rpc(url, std::chrono::seconds(5), std::chrono::seconds(2)); }

}  // namespace

EvmChain::EvmChain()
    : node_url(from_environment("FERRY_EVM_NODE")),
      proxy_url(from_environment("FERRY_EVM_PROXY")),
      contract(base::Address::parse(from_environment("FERRY_EVM_CONTRACT")).value()),
      erc20(base::Address::parse(from_environment("FERRY_EVM_TOKEN")).value()),
      code_hash(base::Hash256::parse_hex(from_environment("FERRY_EVM_CODE_HASH")).value()) {
  for (const auto* key : {&people.payer, &people.session, &people.beneficiary, &people.relay, &people.stranger}) give(key->address(), base::Amount::btt(10'000));
  mine(5);
}

EvmUrl EvmChain::url_of(const std::vector<std::string>& nodes, std::uint64_t confirmations) const {
  EvmUrl url;
  for (const auto& name : nodes) url.nodes.push_back(name == "node" ? node_url : proxy_url);
  url.contract = contract;
  url.token = kBtt;
  url.confirmations = confirmations;
  url.code_hash = code_hash;
  url.chain_id = 199;
  return url;
}

EvmTerms EvmChain::terms() {
  EvmTerms terms;
  terms.wait = std::chrono::seconds(10);
  terms.heads_age = base::Duration::zero();
  terms.clock = [this] { return now_; };
  terms.pause = [this](base::Duration) {
    now_ = now_ + std::chrono::seconds(1);
    if (blocks_come) mine();
  };
  return terms;
}

std::unique_ptr<EvmBackend> EvmChain::backend_of(const EvmUrl& url) {
  std::vector<JsonRpcTransport> transports;
  for (const auto& node : url.nodes) transports.push_back(carrier(node));
  return std::make_unique<EvmBackend>(url, std::move(transports), terms());
}

std::unique_ptr<EvmBackend> EvmChain::backend(const std::vector<std::string>& nodes, std::uint64_t confirmations) {
  return backend_of(url_of(nodes, confirmations));
}

std::unique_ptr<EvmBackend> EvmChain::token_backend() {
  auto url = url_of({"node"}, 3);
  url.token = erc20;
  return backend_of(url);
}

json EvmChain::ask_at(const std::string& url, const std::string& method, json params) {
  const auto text = carrier(url)(write_rpc_question(1, method, std::move(params)));
  REQUIRE(text.is_ok());
  const auto answer = read_rpc_answer(*text.value, 1);
  REQUIRE(answer.has_value());
  if (const auto* error = std::get_if<RpcError>(&*answer)) FAIL(method, ": ", error->message);
  return std::get<json>(*answer);
}

json EvmChain::ask(const std::string& method, json params) { return ask_at(node_url, method, std::move(params)); }
void EvmChain::set_proxy(const std::string& mode) { ask_at(proxy_url, "proxy_mode", json::array({mode})); }
void EvmChain::mine(std::uint64_t blocks) { ask("anvil_mine", json::array({write_quantity(blocks)})); }
std::uint64_t EvmChain::head() { return read_quantity_u64(ask("eth_blockNumber").get<std::string>()).value(); }
void EvmChain::pass_time(std::uint64_t seconds) { ask("evm_increaseTime", json::array({seconds})); }

void EvmChain::give(const base::Address& account, base::Amount amount) {
  ask("anvil_setBalance", json::array({hex_text(account.view()), write_quantity(amount.units())}));
}

base::Amount EvmChain::coins_of(const base::Address& account) {
  return read_balance_quantity(ask("eth_getBalance", json::array({hex_text(account.view()), "latest"})).get<std::string>()).value();
}

void EvmChain::give_tokens(const base::Address& account, base::Amount amount) {
  const auto data = AbiWriter("mint(address,uint256)").address(account).amount(amount).finish();
  ask("eth_sendTransaction", json::array({{{"from", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"}, {"to", hex_text(erc20.view())}, {"data", hex_text(data)}, {"gasPrice", "0x0"}}}));
  mine(5);
}

channels::ChannelConfig EvmChain::config(std::uint8_t salt) const { return channel_of(people, kBtt, salt); }

RawTransaction prepared(ChainBackend& backend, const Action& action, const base::SecretKey& from) {
  auto outcome = backend.prepare(action, from);
  if (!outcome.is_ok()) FAIL("prepare: ", outcome.error->code, ": ", outcome.error->message);
  return std::move(*outcome.value);
}

std::string fate(const Outcome<Receipt>& outcome) {
  if (!outcome.is_ok()) return told(outcome);
  return outcome.value->succeeded ? "ok" : "reverted: " + outcome.value->reason;
}

std::string done(ChainBackend& backend, const Action& action, const base::SecretKey& from) {
  const auto outcome = backend.prepare(action, from);
  return outcome.is_ok() ? fate(backend.submit(*outcome.value)) : told(outcome);
}

}  // namespace ferry::chain::evm::test

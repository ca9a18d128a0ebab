#include "channels/chain/evm/evm_url.hpp"

#include <doctest/doctest.h>

#include "channels/chain/ledger_url.hpp"

using namespace ferry;
using namespace ferry::chain::evm;

namespace {

const std::string kNeeded = "contract=0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0&token=0x0000000000000000000000000000000000001010";

std::string code_of(const std::string& text) {
  const auto url = EvmUrl::parse(text);
  return url ? "ok" : url.error().code;
}
EvmUrl parsed(const std::string& text) { return EvmUrl::parse(text).value(); }

}  // namespace

TEST_CASE("evm url: nodes, contract and token, and what is usual") {
  const auto url = parsed("https://rpc.example,https://other.example:8545/key/123?" + kNeeded);
  CHECK(url.nodes == std::vector<std::string>{"https://rpc.example/", "https://other.example:8545/key/123"});
  CHECK(url.contract.data[0] == 0xc0);
  CHECK(url.token.data[19] == 0x10);
  CHECK(url.confirmations == 32);
  CHECK(url.must_agree == 1);
  CHECK_FALSE(url.chain_id.has_value());
  CHECK(EvmUrl::shown(url.nodes[1]) == "https://other.example:8545");
}

TEST_CASE("evm url: where one of the nodes may fail two others must agree, unless the operator says otherwise") {
  CHECK(parsed("https://a.example?" + kNeeded).must_agree == 1);
  CHECK(parsed("https://a.example,https://b.example,https://c.example?" + kNeeded).must_agree == 2);
  CHECK(parsed("https://a.example,https://b.example,https://c.example?agree=1&" + kNeeded).must_agree == 1);
  CHECK(parsed("https://a.example,https://b.example,https://c.example?agree=3&" + kNeeded).must_agree == 3);
}

TEST_CASE("evm url: every option is read") {
  const auto url = parsed("http://127.0.0.1:8545,https://b.example?" + kNeeded +
                          "&confirmations=5&chain-id=199&gas-price-floor=300000000000000&gas-price-cap=7&start-block=1000&wait=30&agree=2&code-hash=0x" + std::string(64, 'a'));
  CHECK(url.confirmations == 5);
  CHECK(url.chain_id == 199);
  CHECK(url.gas_price_floor->to_units_text() == "300000000000000");
  CHECK(url.gas_price_cap == base::Amount::from_units(7));
  CHECK(url.start_block == 1000);
  CHECK(url.wait_seconds == 30);
  CHECK(url.must_agree == 2);
  CHECK(url.code_hash->data[31] == 0xaa);
}

TEST_CASE("evm url: what is missing, wrong, unknown or given twice is refused") {
  const auto with = [](const std::string& option) { return code_of("https://rpc.example?" + kNeeded + "&" + option); };
  CHECK(code_of("https://rpc.example") == "ledger_url_option");
  CHECK(code_of("https://rpc.example?contract=0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0") == "ledger_url_option");
  CHECK(code_of("?" + kNeeded) == "ledger_url");
  CHECK(code_of("ftp://rpc.example?" + kNeeded) == "url_scheme");
  CHECK(code_of("https://a.example,https://a.example/?" + kNeeded) == "ledger_url");
  CHECK(with("color=blue") == "ledger_url_option");
  CHECK(with("token=0x0000000000000000000000000000000000001010") == "ledger_url_option");
  CHECK(with("confirmations=-1") == "ledger_url_option");
  CHECK(with("confirmations=121") == "ledger_url_option");
  CHECK(with("confirmations=") == "ledger_url_option");
  CHECK(with("chain-id=0") == "ledger_url_option");
  CHECK(with("code-hash=0x12") == "ledger_url_option");
  CHECK(with("gas-price-floor=1.5") == "ledger_url_option");
  CHECK(with("agree=2") == "ledger_url_option");
  CHECK(with("insecure=0") == "ledger_url_option");
  CHECK(code_of("https://rpc.example?contract=TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4&token=0x0000000000000000000000000000000000001010") == "ledger_url_option");
}

TEST_CASE("evm url: http goes to this machine only, unless that was asked for") {
  CHECK(code_of("http://rpc.example?" + kNeeded) == "ledger_url_insecure");
  CHECK(code_of("http://rpc.example,https://b.example?" + kNeeded + "&insecure=1") == "ok");
  CHECK(code_of("http://localhost:1,http://[::1]:2?" + kNeeded) == "ok");
}

TEST_CASE("evm url: it is a ledger's URL") {
  const auto url = chain::LedgerUrl::parse("evm:https://rpc.example?" + kNeeded);
  REQUIRE(url.has_value());
  CHECK(url->kind == chain::LedgerUrl::Kind::chain);
  CHECK(url->evm == parsed("https://rpc.example?" + kNeeded));
  CHECK(chain::LedgerUrl::parse("evm:https://rpc.example").error().code == "ledger_url_option");
}

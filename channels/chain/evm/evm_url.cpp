#include "channels/chain/evm/evm_url.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "channels/chain/carrier.hpp"
#include "protocol/base/url.hpp"

namespace ferry::chain::evm {
namespace {

using base::Result;

base::Unexpected no(std::string code, std::string message) { return base::fail(base::refusal(std::move(code), std::move(message))); }

base::Unexpected bad_option(std::string_view name, const char* wanted) {
  return no("ledger_url_option", "the ledger's option " + base::printable(name, 40) + " must be " + wanted);
}

Result<std::uint64_t> read_number(std::string_view name, std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    return no("ledger_url_option", "the ledger's option " + std::string{name} + " must be a whole number from " + std::to_string(least) + " to " +
                                       std::to_string(most));
  }
  return value;
}

Result<base::Address> read_address(std::string_view name, std::string_view text) {
  const auto address = base::Address::parse(text);
  if (!text.starts_with("0x") || !address) return bad_option(name, "an address, 0x and 40 digits (with the right checksum if upper and lower case are mixed)");
  return *address;
}

Result<base::Amount> read_price(std::string_view name, std::string_view text) {
  const auto amount = base::Amount::parse_units(text);
  if (!amount) return bad_option(name, "a price of one gas in the smallest unit, such as 300000000000000");
  return *amount;
}

/// One "name=value".
Result<void> read_option(EvmUrl& url, std::string_view name, std::string_view value) {
  constexpr std::uint64_t kMaxChainId = (std::uint64_t{1} << 53U) - 1;
  if (name == "contract") {
    FERRY_TRY(url.contract, read_address(name, value));
  } else if (name == "token") {
    FERRY_TRY(url.token, read_address(name, value));
  } else if (name == "confirmations") {
    FERRY_TRY(url.confirmations, read_number(name, value, 0, EvmUrl::kMaxConfirmations));
  } else if (name == "chain-id") {
    FERRY_TRY(url.chain_id, read_number(name, value, 1, kMaxChainId));
  } else if (name == "code-hash") {
    url.code_hash = base::Hash256::parse_hex(value);
    if (!value.starts_with("0x") || !url.code_hash) return bad_option(name, "0x and the 64 digits of the Keccak-256 of the contract's code");
  } else if (name == "gas-price-floor") {
    FERRY_TRY(url.gas_price_floor, read_price(name, value));
  } else if (name == "gas-price-cap") {
    FERRY_TRY(url.gas_price_cap, read_price(name, value));
  } else if (name == "start-block") {
    FERRY_TRY(url.start_block, read_number(name, value, 0, (std::uint64_t{1} << 32U)));
  } else if (name == "wait") {
    FERRY_TRY(url.wait_seconds, read_number(name, value, 1, 3600));
  } else if (name == "agree") {
    FERRY_TRY(url.must_agree, read_number(name, value, 1, EvmUrl::kMaxNodes));
  } else if (name == "insecure" && value == "1") {
    url.insecure = true;
  } else {
    return no("ledger_url_option", "a chain's URL does not take \"" + base::printable(name, 40) + "\"; it takes contract, token, confirmations, chain-id, " +
                                       "code-hash, gas-price-floor, gas-price-cap, start-block, wait, agree and insecure=1");
  }
  return {};
}

Result<void> read_options(EvmUrl& url, std::string_view query) {
  std::set<std::string_view> seen;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto option = query.substr(0, end);
    const auto equals = std::min(option.find('='), option.size());
    const auto name = option.substr(0, equals);
    if (!seen.insert(name).second) return bad_option(name, "given once");
    FERRY_CHECK(read_option(url, name, option.substr(std::min(equals + 1, option.size()))));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  for (const std::string_view needed : {"contract", "token"}) {
    if (!seen.contains(needed)) return no("ledger_url_option", "a chain's URL needs ?contract=0x…&token=0x…: " + std::string{needed} + " is missing");
  }
  return {};
}

Result<void> read_nodes(EvmUrl& url, std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    FERRY_TRY(const auto parsed, base::Url::parse(list.substr(0, end)));
    FERRY_CHECK(check_carrier(parsed, url.insecure && parsed.scheme == "http"));
    auto node = parsed.to_string();
    if (std::ranges::find(url.nodes, node) != url.nodes.end()) return no("ledger_url", "the same node is named twice: it cannot bear itself out");
    if (url.nodes.size() == EvmUrl::kMaxNodes) return no("ledger_url", "a chain's URL names at most " + std::to_string(EvmUrl::kMaxNodes) + " nodes");
    url.nodes.push_back(std::move(node));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  if (url.nodes.empty()) return no("ledger_url", "a chain's URL names at least one node: evm:https://host?contract=0x…&token=0x…");
  if (url.must_agree > url.nodes.size()) return no("ledger_url_option", "the ledger's option agree must not be more than the nodes that are named");
  return {};
}

}  // namespace

Result<EvmUrl> EvmUrl::parse(std::string_view text) {
  EvmUrl url;
  url.must_agree = 0;  // not told
  const auto question = std::min(text.find('?'), text.size());
  FERRY_CHECK(read_options(url, text.substr(std::min(question + 1, text.size()))));
  FERRY_CHECK(read_nodes(url, text.substr(0, question)));
  if (url.must_agree == 0) url.must_agree = url.nodes.size() > 2 ? 2 : 1;
  return url;
}

std::string EvmUrl::shown(std::string_view node) {
  const auto host = node.find("//");
  const auto end = host == std::string_view::npos ? host : node.find('/', host + 2);
  return std::string{node.substr(0, end)};
}

}  // namespace ferry::chain::evm

#include "channels/chain/ledger_url.hpp"

#include <algorithm>
#include <utility>

#include "channels/chain/carrier.hpp"
#include "protocol/base/url.hpp"

namespace ferry::chain {
namespace {

using base::Result;

base::Unexpected no(std::string code, std::string message) { return base::fail(base::refusal(std::move(code), std::move(message))); }

/// "sha256//" and the base64 of 32 bytes: 43 digits of which the last holds four bits, and one '='.
bool is_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256//";
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  if (text.size() != 44 || text.back() != '=') return false;
  text.remove_suffix(1);
  return text.find_first_not_of(kDigits) == std::string_view::npos && kDigits.find(text.back()) % 4 == 0;
}

Result<void> read_option(LedgerUrl& url, std::string_view option) {
  constexpr std::string_view kPin = "pin=";
  if (option == "insecure=1") {
    url.insecure = true;
    return {};
  }
  if (!option.starts_with(kPin)) {
    return no("ledger_url_option", "a ledger's URL takes ?pin=sha256//BASE64 and ?insecure=1, not \"" + base::printable(option, 40) + "\"");
  }
  url.pin = option.substr(kPin.size());
  if (!is_pin(url.pin)) return no("ledger_url_pin", "a pin is sha256// and the base64 of the SHA-256 of the server's public key");
  return {};
}

Result<void> read_options(LedgerUrl& url, std::string_view query) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    FERRY_CHECK(read_option(url, query.substr(0, end)));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

Result<LedgerUrl> parse_remote(std::string_view text) {
  LedgerUrl url;
  url.kind = LedgerUrl::Kind::remote;
  const auto question = std::min(text.find('?'), text.size());
  FERRY_TRY(const auto parsed, base::Url::parse(text.substr(0, question)));
  if (question < text.size()) {
    FERRY_CHECK(read_options(url, text.substr(question + 1)));
  }
  if (parsed.scheme == "http" && !url.pin.empty()) return no("ledger_url_pin", "a pin needs https");
  FERRY_CHECK(check_carrier(parsed, url.insecure));
  url.base = parsed.to_string();
  while (url.base.ends_with('/')) url.base.pop_back();
  return url;
}

}  // namespace

bool LedgerUrl::may_mean(const base::Domain& domain) const {
  return evm && evm->contract == domain.verifying_contract && evm->chain_id.value_or(domain.chain_id) == domain.chain_id;
}

Result<LedgerUrl> LedgerUrl::parse(std::string_view text) {
  constexpr std::string_view kRemote = "ledger:";
  constexpr std::string_view kEvm = "evm:";
  if (text == "embedded") return LedgerUrl{};
  if (text.size() > kMaxLength) return no("ledger_url", "a ledger's URL has at most 1024 bytes");
  if (text.starts_with(kRemote)) return parse_remote(text.substr(kRemote.size()));
  if (text.starts_with(kEvm)) {
    LedgerUrl url;
    url.kind = Kind::chain;
    FERRY_TRY(url.evm, evm::EvmUrl::parse(text.substr(kEvm.size())));
    return url;
  }
  if (text.starts_with("tron:")) {
    return no("ledger_url_later", "ledgers on TRON come later: use \"embedded\", \"ledger:https://…\" or \"evm:https://…\" for now");
  }
  return no("ledger_url", "a ledger is \"embedded\", \"ledger:https://host:port\" or \"evm:https://host?contract=0x…&token=0x…\", not \"" + base::printable(text, 60) + "\"");
}

std::string LedgerUrl::shown(std::string_view text) {
  const auto url = parse(text);
  if (!url || url->kind != Kind::chain) return std::string{text};
  std::string nodes;
  for (const auto& node : url->evm->nodes) nodes += (nodes.empty() ? "" : ",") + evm::EvmUrl::shown(node);
  return std::string{text.substr(0, text.find(':') + 1)} + nodes + std::string{text.substr(std::min(text.find('?'), text.size()))};
}

}  // namespace ferry::chain

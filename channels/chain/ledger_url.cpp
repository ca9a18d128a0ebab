#include "channels/chain/ledger_url.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "protocol/base/ip.hpp"
#include "protocol/base/url.hpp"

namespace ferry::chain {
namespace {

using base::Result;

base::Unexpected no(std::string code, std::string message) { return base::fail(base::refusal(std::move(code), std::move(message))); }

bool is_this_machine(const base::Host& host) {
  if (const auto* name = std::get_if<std::string>(&host.value)) return *name == "localhost";
  const auto& address = std::get<base::IpAddress>(host.value);
  if (!address.is_v6) return address.data[0] == 127;
  base::IpAddress loopback = base::IpAddress::v6({});
  loopback.data[15] = 1;
  return address == loopback;
}

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
  if (parsed.scheme == "https" && url.insecure) return no("ledger_url_option", "insecure=1 is for http only: leave it out");
  if (parsed.scheme == "http" && !url.pin.empty()) return no("ledger_url_pin", "a pin needs https");
  if (parsed.scheme == "http" && !url.insecure && !is_this_machine(parsed.host)) {
    return no("ledger_url_insecure", "anyone on the way could change what a ledger says over http: use https, or add ?insecure=1");
  }
  url.base = parsed.to_string();
  while (url.base.ends_with('/')) url.base.pop_back();
  return url;
}

}  // namespace

Result<LedgerUrl> LedgerUrl::parse(std::string_view text) {
  constexpr std::string_view kRemote = "ledger:";
  if (text == "embedded") return LedgerUrl{};
  if (text.size() > kMaxLength) return no("ledger_url", "a ledger's URL has at most 1024 bytes");
  if (text.starts_with(kRemote)) return parse_remote(text.substr(kRemote.size()));
  if (text.starts_with("evm:") || text.starts_with("tron:")) {
    return no("ledger_url_later", "ledgers on an EVM chain or on TRON come later: use \"embedded\" or \"ledger:https://…\" for now");
  }
  return no("ledger_url", "a ledger is \"embedded\" or \"ledger:https://host:port\", not \"" + base::printable(text, 60) + "\"");
}

}  // namespace ferry::chain

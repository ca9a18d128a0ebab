#include "relay/ops/open_ledger.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/chain/http_ledger_transport.hpp"
#include "channels/chain/ledger_api.hpp"
#include "channels/chain/ledger_json.hpp"
#include "channels/chain/ledger_transport.hpp"
#include "channels/chain/ledger_url.hpp"
#include "channels/chain/open_chain.hpp"
#include "channels/chain/remote_ledger.hpp"

namespace ferry::relay {

using base::Result;

namespace {

/// The faucet gives to at least so many accounts a day, whatever it gives to one.
constexpr base::Amount::Raw kNewcomersPerDay = 1000;

/// Settlement looks again with each of its steps, and must see withdrawals meanwhile.
constexpr std::chrono::seconds kLongestWait{5};

base::Time wall_clock() {
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

/// Clients are told only that there is trouble; the operator hears what it is, at most once a minute.
std::function<void(const base::Error&)> log_of_write_failures() {
  using std::chrono::steady_clock;
  const auto quiet_until = std::make_shared<std::atomic<steady_clock::time_point>>(steady_clock::time_point::min());
  return [quiet_until](const base::Error& error) {
    const auto now = steady_clock::now();
    auto until = quiet_until->load();
    if (now < until || !quiet_until->compare_exchange_strong(until, now + std::chrono::minutes(1))) return;
    spdlog::error("a transaction could not be written: {} ({})", error.message, error.code);
  };
}

chain::LedgerParameters parameters_of(const LedgerSettings& settings) {
  chain::LedgerParameters parameters;
  parameters.min_withdraw_delay = settings.min_withdraw_delay_seconds;
  parameters.on_write_failure = log_of_write_failures();
  parameters.faucet.reset();
  if (settings.faucet_bits > 0) {
    chain::FaucetTerms terms;
    terms.grant = settings.faucet_amount;
    terms.daily_total = std::max(terms.daily_total, settings.faucet_amount.times(kNewcomersPerDay).value_or(base::Amount::max()));
    terms.difficulty_bits = settings.faucet_bits;
    parameters.faucet = terms;
  }
  return parameters;
}

Result<OpenedLedger> open_embedded(const LedgerSettings& settings, const DataDirectory& data) {
  FERRY_TRY(auto ledger, chain::EmbeddedLedger::open(data.ledger(), parameters_of(settings), &wall_clock));
  OpenedLedger opened;
  opened.kind = "embedded";
  opened.embedded = ledger.get();
  opened.api = [embedded = ledger.get()](const std::string& method, const std::string& body) { return chain::handle_text(*embedded, method, body); };
  opened.backend = std::move(ledger);
  return opened;
}

std::string forward(const chain::LedgerTransport& transport, const std::string& method, std::string body) {
  if (!chain::is_ledger_method(method)) {
    return chain::write_error(base::peer_fault("ledger_method", "there is no such method")).dump();
  }
  auto answer = transport(method, std::move(body));
  if (answer.is_ok()) return std::move(*answer.value);
  return chain::write_error(base::environment("ledger_unreachable", "the relay's ledger does not answer now; a transaction may still take effect")).dump();
}

OpenedLedger open_remote(const chain::LedgerUrl& url) {
  const chain::LedgerTransport transport = chain::HttpLedgerTransport(url);
  OpenedLedger opened;
  opened.kind = "remote";
  opened.backend = std::make_unique<chain::RemoteLedger>(transport);
  opened.api = [transport](const std::string& method, std::string body) { return forward(transport, method, std::move(body)); };
  return opened;
}

/// Clients ask the chain's own nodes: a relay's word would add nothing.
OpenedLedger open_on_chain(const chain::LedgerUrl& url) {
  OpenedLedger opened;
  opened.kind = "chain";
  opened.backend = chain::open_chain(url, kLongestWait);
  opened.api = [](const std::string&, const std::string&) {
    return chain::write_error(base::refusal(std::string{chain::kLedgerOnChain},
                                            "this relay's ledger is a public chain, which it does not serve: give your client a node of it, with --chain")).dump();
  };
  return opened;
}

Result<OpenedLedger> open_named(const chain::LedgerUrl& url, const LedgerSettings& settings, const DataDirectory& data) {
  using Kind = chain::LedgerUrl::Kind;
  if (url.kind == Kind::remote) return open_remote(url);
  if (url.kind == Kind::chain) return open_on_chain(url);
  return open_embedded(settings, data);
}

}  // namespace

Result<OpenedLedger> open_ledger(const LedgerSettings& settings, const DataDirectory& data) {
  FERRY_TRY(const auto url, chain::LedgerUrl::parse(settings.url));
  FERRY_TRY(auto opened, open_named(url, settings, data));
  auto info = opened.backend->info();
  if (!info.is_ok()) {
    const std::string why = info.error ? info.error->message : "no answer";
    if (url.kind == chain::LedgerUrl::Kind::embedded) return base::fail(base::environment("ledger", "the ledger cannot be read: " + why));
    if (url.kind == chain::LedgerUrl::Kind::chain) {
      const std::string code = info.error ? info.error->code : "chain_unreachable";
      return base::fail(base::environment(code, "the chain cannot be used: " + why));
    }
    return base::fail(base::environment("ledger_unreachable", "the ledger at " + url.base + " does not answer (" + why +
                                                                  "): start the relay that keeps it first, and check --ledger"));
  }
  opened.info = std::move(*info.value);
  return opened;
}

}  // namespace ferry::relay

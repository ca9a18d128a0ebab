// ferry-relay: fetches web content for clients who pay per chunk. This file wires the parts together, from settings to shutdown, in the order
// in which they are needed; what each does is written where it lives.

#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <thread>

#include "channels/chain/ledger_api.hpp"
#include "relay/ops/admin_server.hpp"
#include "relay/ops/identity.hpp"
#include "relay/ops/logging.hpp"
#include "relay/ops/make_exit_policy.hpp"
#include "relay/ops/open_journal.hpp"
#include "relay/ops/open_ledger.hpp"
#include "relay/ops/read_settings.hpp"
#include "relay/ops/reserved_port.hpp"
#include "relay/ops/setting_text.hpp"
#include "relay/ops/settlement_thread.hpp"
#include "relay/ops/stop_signals.hpp"
#include "relay/serve/http_edge.hpp"
#include "relay/worker_set.hpp"

namespace ferry::relay {

namespace {

using namespace std::chrono_literals;
using base::Result;

constexpr int kDone = 0, kFailed = 1, kUsage = 2;
constexpr const char* kSoftware = "ferry-relay/" FERRY_VERSION;

/// Disk and chain calls: enough that a slow ledger does not hold back the disk.
constexpr std::size_t kPoolThreads = 8;
constexpr auto kLastClaimTimeout = 20s;
constexpr auto kClaimAnswerTimeout = 45s;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string ready_line(const std::string& reference, const Endpoint& admin, const std::string& ledger) {
  return fmt::format(R"({{"event":"ready","relay":{},"admin":{},"pid":{},"ledger":{}}})", json_string(reference),
                     json_string("http://" + to_text(admin)), ::getpid(), json_string(ledger));
}

SettlementTerms settlement_terms(const RelaySettings& settings, const chain::ChainInfo& info, const base::Address& receiver) {
  SettlementTerms terms;
  terms.receiver = receiver;
  terms.token = info.token;
  terms.domain_separator = base::domain_separator(info.domain);
  terms.claim_interval = settings.ledger.claim_interval;
  // The shortest delay that a channel can have on this ledger is the time in which a withdrawal must be seen.
  terms.blind_after = std::chrono::seconds(std::max<std::uint64_t>(1, info.min_withdraw_delay / 8));
  return terms;
}

base::Duration between_steps(const chain::ChainInfo& info) {
  const base::Duration wanted = std::chrono::milliseconds(info.min_withdraw_delay * 1000 / 48);
  return std::clamp<base::Duration>(wanted, 250ms, 10s);
}

/// Runs until a signal ends it.
Result<void> run(const RelaySettings& settings) {
  StopSignals signals;
  raise_file_limit();

  // Who we are.
  FERRY_TRY(const auto data, DataDirectory::open(settings.data_dir));
  FERRY_TRY(const auto identity, load_identity(data));
  FERRY_TRY(const auto certificate, load_certificate(data, settings, Node::now()));
  FERRY_TRY(const auto tls, wire::TlsContext::server(certificate.chain_pem, certificate.private_key_pem));
  FERRY_TRY(const auto token, load_admin_token(data));

  // Where the money is, and what we have earned so far.
  FERRY_TRY(const auto ledger, open_ledger(settings.ledger, data));
  const auto receiver = settings.ledger.beneficiary.value_or(identity.address());
  const auto domain = base::domain_separator(ledger.info.domain);
  channels::RelayLedger empty(domain, receiver, identity.address(), ledger.info.token, channels::CreditRules{});
  FERRY_TRY(auto opened, open_journal(data.journal(), std::move(empty)));
  JournalWriter journal(std::move(opened.journal));
  LedgerBook book(std::move(opened.ledger), domain, journal);

  // Where we are reached, and whom we may contact.
  BlockingPool pool(kPoolThreads);
  AdminServer admin(pool);
  FERRY_TRY(const auto public_port, ReservedPort::take(settings.listen));
  FERRY_TRY(const auto admin_port, admin.listen(settings.admin));
  const auto& listening = public_port.endpoint();
  FERRY_TRY(const auto policy, make_exit_policy(settings, {listening.port, admin_port}));
  const auto authority = public_authority(settings, listening.port);
  const auto reference = relay_reference(identity.address(), authority);
  const auto ledger_url = ledger.embedded == nullptr ? settings.ledger.url : "ledger:https://" + authority + "?pin=" + certificate.pin;

  // Content.
  ContentCounters content_counters;
  ContentCache cache(settings.cache, settings.cache.disk_bytes > 0 ? data.cache() : "", pool, content_counters);
  HostSlots host_slots(settings.limits.fetches_per_host);
  content::OriginSettings origins;
  origins.ca_file = settings.ca_file;
  origins.limits.body_bytes = settings.limits.body_bytes;
  const auto make_content = [&](boost::asio::io_context& io) -> Result<WorkerContent> {
    exit::ResolverSettings resolving;
    resolving.servers = settings.resolvers;
    FERRY_TRY(auto resolver, exit::make_resolver(io, resolving));
    auto source = std::make_unique<content::ContentSource>(io, content::SharedContent{cache, host_slots, policy}, *resolver, origins, content_counters);
    return WorkerContent{std::move(resolver), std::move(source)};
  };

  // Workers.
  std::atomic<bool> draining{false};
  std::atomic<bool> blind{true};
  const Node node{settings,   identity,  receiver, ledger.info, domain,      policy,
                  book,       *ledger.backend, ledger.api, pool, tls, kSoftware, make_front_page(settings, reference), draining, &blind};
  AddressLimits limits(settings.limits.connections, settings.limits.connections_per_address);
  WorkerSet workers;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  FERRY_CHECK(workers.make(settings.workers > 0 ? settings.workers : cores, node, limits, listening, make_content));

  // Earnings.
  Settlement settlement(book, *ledger.backend, identity, settlement_terms(settings, ledger.info, receiver));
  if (const auto seen = settlement.tick(Node::now()); seen) blind = false;
  SettlementThread settling(settlement, between_steps(ledger.info), &Node::now, blind);

  // What the operator sees.
  StatusSources status{RelayFacts{kSoftware, reference, ledger_url, ledger.info.name, receiver.to_eip55(), policy.canonical_text(),
                                  policy.hash().hex(), settings.tariff, Node::now()},
                       workers.counters(), &book, &journal, &settlement, &cache, &content_counters, &draining, &blind};
  AdminSources sources;
  sources.status = [&status] { return status.read(Node::now()); };
  sources.channels = [&book] { return book.channels(); };
  sources.claim = [&settling] { return settling.claim_now(kClaimAnswerTimeout); };
  if (ledger.embedded != nullptr) sources.ledger = ledger_route(*ledger.embedded);
  sources.token = token;
  sources.hosts = settings.admin_hosts;
  admin.start(std::move(sources));
  workers.start();

  fmt::print("{}\n", ready_line(reference, Endpoint{settings.admin.host, admin_port}, ledger_url));
  std::fflush(stdout);
  spdlog::info("{} ready: {}", kSoftware, reference);
  if (settings.contact.empty()) spdlog::warn("no --contact: people who complain about this relay's traffic cannot reach you");

  // Until it ends.
  spdlog::info("signal {}: draining for up to {} s; a second signal ends at once", signals.wait(), settings.drain_timeout.count());
  draining = true;
  workers.drain();
  const bool in_time = signals.wait_until([&] { return workers.is_idle(); }, settings.drain_timeout);
  if (!in_time) spdlog::warn("second signal: running streams are cut");
  workers.stop();
  if (auto claimed = settling.claim_now(kLastClaimTimeout); !claimed) {
    spdlog::warn("the last claim was not made ({}); vouchers are kept, and the next start claims them", claimed.error().code);
  }
  admin.stop();
  pool.wait_idle();
  spdlog::info("stopped");
  return {};
}

}  // namespace

int main_of_relay(int argc, char** argv) {
  const auto settings = read_settings({argv + 1, argv + argc}, &environment, "ferry-relay " FERRY_VERSION);
  if (!settings) {
    fmt::print(stderr, "ferry-relay: {}\n", settings.error().message);
    return kUsage;
  }
  if (const auto* print = std::get_if<PrintAndExit>(&*settings)) {
    fmt::print("{}", print->text);
    return kDone;
  }
  const auto& chosen = std::get<RelaySettings>(*settings);
  start_logging(chosen.log);
  try {
    const auto ended = run(chosen);
    if (ended) return kDone;
    spdlog::error("{}", ended.error().message);
  } catch (const std::exception& error) {  // out of memory, no more threads: nothing below gives it as a value
    spdlog::error("the relay cannot go on: {}", error.what());
  }
  return kFailed;
}

}  // namespace ferry::relay

int main(int argc, char** argv) { return ferry::relay::main_of_relay(argc, argv); }

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

#include "channels/chain/ledger_url.hpp"
#include "relay/discovery/start_discovery.hpp"
#include "relay/ops/admin_server.hpp"
#include "relay/ops/books.hpp"
#include "relay/ops/commands.hpp"
#include "relay/ops/identity.hpp"
#include "relay/ops/logging.hpp"
#include "relay/ops/make_exit_policy.hpp"
#include "relay/ops/read_settings.hpp"
#include "relay/ops/reserved_port.hpp"
#include "relay/ops/setting_text.hpp"
#include "relay/ops/settlement_thread.hpp"
#include "relay/ops/stop_signals.hpp"
#include "relay/serve/http_edge.hpp"
#include "relay/watchtower/run_watchtower.hpp"
#include "relay/watchtower/watch_sender.hpp"
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

std::string ready_line(const std::string& reference, const Endpoint& admin, const std::string& ledger, const std::string& ledger_name, const std::string& dht) {
  return fmt::format(R"({{"event":"ready","relay":{},"admin":{},"pid":{},"ledger":{},"ledger_name":{},"dht":{}}})", json_string(reference),
                     json_string("http://" + to_text(admin)), ::getpid(), json_string(ledger), json_string(ledger_name), dht);
}

base::Duration between_steps(const chain::ChainInfo& info) {
  const base::Duration wanted = std::chrono::milliseconds(info.min_withdraw_delay * 1000 / 48);
  return std::clamp<base::Duration>(wanted, 250ms, 10s);
}

/// Runs until a signal ends it.
Result<void> run(const RelaySettings& settings) {
  StopSignals signals;
  raise_file_limit();

  // Who we are, where the money is, and what we have earned so far.
  FERRY_TRY(const auto books, open_books(settings, DataDirectory::Use::run));
  const auto& data = books->data;
  const auto& identity = books->identity;
  auto& ledger = *books->ledger;
  const auto& receiver = books->mark.receiver;
  auto& book = books->book;
  FERRY_TRY(const auto certificate, load_certificate(data, settings, Node::now()));
  FERRY_TRY(const auto tls, wire::TlsContext::server(certificate.chain_pem, certificate.private_key_pem));
  FERRY_TRY(const auto token, load_admin_token(data));

  // Where we are reached, and whom we may contact.
  BlockingPool pool(kPoolThreads);
  AdminServer admin(pool);
  FERRY_TRY(const auto public_port, ReservedPort::take(settings.listen));
  FERRY_TRY(const auto admin_port, admin.listen(settings.admin));
  const auto& listening = public_port.endpoint();
  FERRY_TRY(const auto policy, make_exit_policy(settings, {listening.port, admin_port}));
  const auto authority = public_authority(settings, listening.port);
  const auto reference = relay_reference(identity.address(), authority);
  const auto ledger_url = ledger.embedded == nullptr ? chain::LedgerUrl::shown(settings.ledger.url) : "ledger:https://" + authority + "?pin=" + certificate.pin;

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

  // Who else is there. Workers ask it; it starts after them.
  RelayDirectory directory;
  DiscoveryCounters discovery_counters;
  discovery::Discovery* searching = nullptr;
  const SearchHolders search_holders = [&searching](const base::Hash256& root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found) {
    searching->search_holders(root, limit, std::move(found));
  };

  // Workers.
  std::atomic<bool> draining{false};
  std::atomic<bool> blind{true};
  const Node node{settings,   identity,  receiver, ledger.info, books->domain, policy,
                  book,       *ledger.backend, ledger.api, pool, tls, kSoftware, make_front_page(settings, reference), draining, &directory, search_holders, &blind};
  AddressLimits limits(settings.limits.connections, settings.limits.connections_per_address);
  WorkerSet workers;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  FERRY_CHECK(workers.make(settings.workers > 0 ? settings.workers : cores, node, limits, listening, make_content));

  const discovery::FoundAs found_as{identity, settings, data, authority, policy.hash(), kSoftware};
  FERRY_TRY(const auto finding, discovery::start_discovery(found_as, directory, discovery_counters, cache));
  searching = finding.get();
  const auto dht_place = settings.discovery.dht ? json_string(to_text(Endpoint{settings.discovery.dht_listen.host, finding->dht_port()})) : "null";

  // Earnings.
  Settlement settlement(book, *ledger.backend, identity, settlement_terms(settings, ledger.info, receiver));
  static_cast<void>(settlement.tick(Node::now()));  // what fails is logged, shown, and tried again
  blind = settlement.is_blind(Node::now());
  std::optional<WatchSender> watchtower;
  std::function<void()> leave_rows;
  if (!settings.watchtower.empty()) {
    watchtower.emplace(book, *ledger.backend, identity, books->domain, settings.watchtower);
    leave_rows = [&watchtower] { static_cast<void>(watchtower->send_changes()); };  // what fails is logged, shown, and tried again
  }
  SettlementThread settling(settlement, between_steps(ledger.info), &Node::now, blind, std::move(leave_rows));

  // What the operator sees.
  StatusSources status{RelayFacts{kSoftware, reference, ledger_url, ledger.info.name, receiver.to_eip55(), policy.canonical_text(),
                                  policy.hash().hex(), settings.tariff, Node::now()},
                       workers.counters(), &book, &books->journal, &settlement, &cache, &content_counters, &draining, &blind};
  status.directory = &directory;
  status.discovery = &discovery_counters;
  if (ledger.embedded != nullptr) {
    status.ledger_trouble = [kept = ledger.embedded] {
      const auto trouble = kept->write_trouble();
      return trouble ? trouble->message : std::string();
    };
  }
  if (watchtower) status.watchtower_trouble = [&watchtower] { return watchtower->trouble(); };
  AdminSources sources;
  sources.status = [&status] { return status.read(Node::now()); };
  sources.channels = [&book] { return book.channels(); };
  sources.claim = [&settling] { return settling.claim_now(kClaimAnswerTimeout); };
  sources.preview = [&settlement] { return settlement.preview(Node::now(), Occasion::asked); };
  if (ledger.embedded != nullptr) sources.ledger = ledger_route(*ledger.embedded);
  sources.token = token;
  sources.hosts = settings.admin_hosts;
  FERRY_CHECK(keep_admin_address(data, Endpoint{settings.admin.host, admin_port}));
  admin.start(std::move(sources));
  workers.start();

  fmt::print("{}\n", ready_line(reference, Endpoint{settings.admin.host, admin_port}, ledger_url, ledger.info.name, dht_place));
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
  if (auto claimed = settling.claim_now(kLastClaimTimeout, Occasion::stopping); !claimed) {
    spdlog::warn("the last claim was not made ({}); vouchers are kept, and the next start claims them", claimed.error().code);
  }
  admin.stop();
  pool.wait_idle();
  spdlog::info("stopped");
  return {};
}

int exit_code(const Result<void>& ended) {
  if (ended) return kDone;
  spdlog::error("{}", ended.error().message);
  return ended.error().code == "watchtower_settings" ? kUsage : kFailed;
}

int print_command(const Command& command, const RelaySettings& settings) {
  const auto text = run_command(command, settings);
  if (text) {
    fmt::print("{}", *text);
    return kDone;
  }
  fmt::print(stderr, "ferry-relay: {} ({})\n", text.error().message, text.error().code);
  return kFailed;
}

}  // namespace

int main_of_relay(int argc, char** argv) {
  std::vector<std::string> arguments{argv + 1, argv + argc};
  const auto command = take_command(arguments);
  if (!command) {
    fmt::print(stderr, "ferry-relay: {}\n", command.error().message);
    return kUsage;
  }
  const auto settings = read_settings(arguments, &environment, "ferry-relay " FERRY_VERSION);
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
    if (command->kind == Command::Kind::watchtower) return exit_code(run_watchtower(chosen));
    if (command->kind != Command::Kind::run) return print_command(*command, chosen);
    return exit_code(run(chosen));
  } catch (const std::exception& error) {  // out of memory, no more threads: nothing below gives it as a value
    spdlog::error("the relay cannot go on: {}", error.what());
  }
  return kFailed;
}

}  // namespace ferry::relay

int main(int argc, char** argv) { return ferry::relay::main_of_relay(argc, argv); }

// load_relay: fetches from a relay over many sessions at once, verifying and paying, for tests/bench/run.

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "channels/chain/http_ledger_transport.hpp"
#include "tests/bench/fetch_link.hpp"
#include "tests/bench/run_clock.hpp"

namespace ferry::bench {
namespace {

struct Options {
  std::string relay, ledger, url, fresh;
  std::uint32_t connections = 1, objects = 1, prepay = 4;
  double warm = 0.5, seconds = 3;
  bool no_verify = false;
};

nlohmann::json to_json(const FetchCounts& counts, double seconds) {
  return {{"seconds", seconds},         {"bytes", counts.bytes},       {"hits", counts.hits},
          {"misses", counts.misses},    {"requests", counts.requests}, {"redelivered", counts.redelivered},
          {"vouchers", counts.vouchers}, {"waits", counts.waits},      {"first_ms", counts.first_chunk_ms}};
}

base::Result<void> run(const Options& options) {
  FERRY_TRY(const auto place, RelayPlace::parse(options.relay));
  FERRY_TRY(const auto ledger, chain::LedgerUrl::parse(options.ledger));
  FERRY_TRY(const auto tls, wire::TlsContext::client());
  const FetchPlan plan{options.url, options.objects, options.fresh, !options.no_verify, options.prepay, chain::HttpLedgerTransport(ledger)};
  FetchCounts counts;
  Poller poller;
  std::vector<std::unique_ptr<FetchLink>> links;
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    FERRY_TRY(auto socket, TlsSocket::connect(place.host, place.port, tls));
    links.push_back(std::make_unique<FetchLink>(place, std::move(socket), i, plan, counts));
    poller.add(*links.back());
  }
  RunClock clock(options.warm, options.seconds);
  FERRY_CHECK(clock.warm_up(poller));
  counts = FetchCounts{};
  FERRY_TRY(const auto seconds, clock.measure(poller));
  std::cout << to_json(counts, seconds) << std::endl;
  return {};
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  ferry::bench::Options options;
  CLI::App app{"Fetches from a relay, verifies and pays, and throws the bytes away."};
  app.add_option("--relay", options.relay, "ferry://0xADDRESS@host:port")->required();
  app.add_option("--ledger", options.ledger, "ledger:http://host:port, with a faucet")->required();
  app.add_option("--url", options.url, "what is fetched; {n} is replaced by a number")->required();
  app.add_option("--objects", options.objects, "how many numbers; 0: a new one each time");
  app.add_option("--fresh", options.fresh, "text before the number of a new object");
  app.add_option("--connections", options.connections, "sessions at once");
  app.add_option("--prepay", options.prepay, "chunks paid ahead");
  app.add_option("--warm", options.warm, "seconds before the measurement");
  app.add_option("--seconds", options.seconds, "seconds that are measured");
  app.add_flag("--no-verify", options.no_verify, "do not check hashes and manifests");
  CLI11_PARSE(app, argc, argv);
  return ferry::bench::exit_code(ferry::bench::run(options));
}

// flood_vouchers: sends valid vouchers, each a unit above the last, as fast as a relay takes them, for tests/bench/run. How many it accepted
// stands in the relay's metrics.

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "channels/chain/http_ledger_transport.hpp"
#include "tests/bench/bench_channel.hpp"
#include "tests/bench/relay_link.hpp"
#include "tests/bench/run_clock.hpp"

namespace ferry::bench {
namespace {

class FloodLink final : public RelayLink {
 public:
  FloodLink(const RelayPlace& place, std::unique_ptr<TlsSocket> socket, std::uint32_t number, chain::LedgerTransport ledger,
            std::uint64_t& sent)
      : RelayLink(place, std::move(socket), bench_key(number)), ledger_(std::move(ledger)), sent_(sent) {}

 private:
  /// What is signed at one go; the socket's buffer holds many of these, so the relay never waits for us.
  static constexpr int kBurst = 32;

  base::Result<void> on_event(wire::ClientEvent event) override {
    if (const auto* welcomed = std::get_if<wire::RelayWelcomed>(&event)) {
      FERRY_TRY(channel_, BenchChannel::open(welcomed->welcome, key(), ledger_));
      session().open_channel(channel_->open_message());
    } else if (const auto* state = std::get_if<wire::ChannelState>(&event)) {
      FERRY_CHECK(channel_->resume(*state));
      flooding_ = true;
    } else if (const auto* refused = std::get_if<wire::VoucherRefused>(&event)) {
      if (refused->code != "voucher_not_above_last") return base::fail(base::refusal(refused->code, refused->message));
      channel_->raise_to(refused->ceiling);
    } else if (const auto* leaving = std::get_if<wire::RelayLeaving>(&event)) {
      return base::fail(base::refusal(leaving->code, leaving->message));
    }
    return {};
  }

  bool wants_write() const override { return flooding_ || RelayLink::wants_write(); }

  base::Result<void> on_drained() override {
    if (!flooding_) return {};
    for (int i = 0; i < kBurst; ++i) {
      session().send(channel_->promise(channel_->ceiling().plus_saturated(base::Amount::from_units(1)), key()));
      ++sent_;
    }
    return send_messages();
  }

  chain::LedgerTransport ledger_;
  std::uint64_t& sent_;
  std::optional<BenchChannel> channel_;
  bool flooding_ = false;
};

struct Options {
  std::string relay, ledger;
  std::uint32_t channels = 1;
  double warm = 0.5, seconds = 3;
};

base::Result<void> run(const Options& options) {
  FERRY_TRY(const auto place, RelayPlace::parse(options.relay));
  FERRY_TRY(const auto ledger, chain::LedgerUrl::parse(options.ledger));
  FERRY_TRY(const auto tls, wire::TlsContext::client());
  const chain::LedgerTransport transport = chain::HttpLedgerTransport(ledger);
  std::uint64_t sent = 0;
  Poller poller;
  std::vector<std::unique_ptr<FloodLink>> links;
  for (std::uint32_t i = 0; i < options.channels; ++i) {
    FERRY_TRY(auto socket, TlsSocket::connect(place.host, place.port, tls));
    links.push_back(std::make_unique<FloodLink>(place, std::move(socket), i, transport, sent));
    poller.add(*links.back());
  }
  RunClock clock(options.warm, options.seconds);
  FERRY_CHECK(clock.warm_up(poller));
  sent = 0;
  FERRY_TRY(const auto seconds, clock.measure(poller));
  std::cout << nlohmann::json{{"seconds", seconds}, {"sent", sent}} << std::endl;
  return {};
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  ferry::bench::Options options;
  CLI::App app{"Floods a relay with valid vouchers."};
  app.add_option("--relay", options.relay, "ferry://0xADDRESS@host:port")->required();
  app.add_option("--ledger", options.ledger, "ledger:http://host:port, with a faucet")->required();
  app.add_option("--channels", options.channels, "channels, each with a session of its own");
  app.add_option("--warm", options.warm, "seconds before the measurement");
  app.add_option("--seconds", options.seconds, "seconds that are measured");
  CLI11_PARSE(app, argc, argv);
  return ferry::bench::exit_code(ferry::bench::run(options));
}

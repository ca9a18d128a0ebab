// hold_sessions: opens authenticated sessions with a relay and keeps them open without a word, for tests/bench/run.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/bench/bench_channel.hpp"
#include "tests/bench/relay_link.hpp"
#include "tests/bench/run_clock.hpp"

namespace ferry::bench {
namespace {

/// Says nothing once it is authenticated.
class QuietLink final : public RelayLink {
 public:
  using RelayLink::RelayLink;

 private:
  base::Result<void> on_event(wire::ClientEvent /*event*/) override { return {}; }
};

struct Options {
  std::string relay;
  std::uint32_t sessions = 2000;
  double settle = 3;  // a relay keeps buffers for a second, for the next request
};

/// A few at a time, as handshakes have a deadline.
base::Result<void> open_batch(const RelayPlace& place, const std::shared_ptr<wire::TlsContext>& tls, std::uint32_t count, Poller& poller,
                              std::vector<std::unique_ptr<QuietLink>>& links) {
  const std::size_t first = links.size();
  for (std::uint32_t i = 0; i < count; ++i) {
    FERRY_TRY(auto socket, TlsSocket::connect(place.host, place.port, tls));
    links.push_back(std::make_unique<QuietLink>(place, std::move(socket), bench_key(static_cast<std::uint32_t>(links.size()))));
    poller.add(*links.back());
  }
  const auto is_pending = [](const auto& link) { return !link->is_quiet(); };
  const auto give_up_at = RunClock::Clock::now() + std::chrono::seconds(30);
  while (std::any_of(links.begin() + static_cast<std::ptrdiff_t>(first), links.end(), is_pending)) {
    if (RunClock::Clock::now() > give_up_at) return base::fail(base::environment("slow", "the relay did not answer all handshakes in 30 s"));
    FERRY_CHECK(poller.poll(50));
  }
  for (auto link = links.begin() + static_cast<std::ptrdiff_t>(first); link != links.end(); ++link) (*link)->go_idle();
  return {};
}

base::Result<void> run(const Options& options) {
  constexpr std::uint32_t kBatch = 50;
  raise_file_limit();
  FERRY_TRY(const auto place, RelayPlace::parse(options.relay));
  FERRY_TRY(const auto tls, wire::TlsContext::client());
  Poller poller;
  std::vector<std::unique_ptr<QuietLink>> links;
  while (links.size() < options.sessions) {
    const auto left = options.sessions - static_cast<std::uint32_t>(links.size());
    FERRY_CHECK(open_batch(place, tls, std::min(kBatch, left), poller, links));
  }
  RunClock clock(options.settle, 0);
  FERRY_CHECK(clock.warm_up(poller));  // they are open until the script has looked
  std::cout << nlohmann::json{{"sessions", links.size()}} << std::endl;
  return {};
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  ferry::bench::Options options;
  CLI::App app{"Holds authenticated, idle sessions with a relay."};
  app.add_option("--relay", options.relay, "ferry://0xADDRESS@host:port")->required();
  app.add_option("--sessions", options.sessions, "how many");
  app.add_option("--settle", options.settle, "seconds of silence before they count as idle");
  CLI11_PARSE(app, argc, argv);
  return ferry::bench::exit_code(ferry::bench::run(options));
}

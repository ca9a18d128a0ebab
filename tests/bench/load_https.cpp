// load_https: the peer of load_relay and hold_sessions for ordinary HTTPS servers: the same TLS engine and loop, keep-alive GETs whose bodies
// are thrown away, or connections that stay idle after one.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/bench/http_response.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/run_clock.hpp"
#include "tests/bench/tls_socket.hpp"

namespace ferry::bench {
namespace {

struct Options {
  std::string host = "127.0.0.1", path, fresh;
  std::uint16_t port = 0;
  std::uint32_t connections = 1, objects = 1;
  double warm = 0.5, seconds = 3;
  bool hold = false;
};

struct Counts {
  std::uint64_t bytes = 0, requests = 0;
  std::vector<double> first_ms, first_chunk_ms;  ///< to the first byte of a body, and to 256 KiB of it or its end
};

class HttpsLink final : public Pollable {
 public:
  HttpsLink(std::unique_ptr<TlsSocket> socket, std::uint32_t number, const Options& options, Counts& counts)
      : socket_(std::move(socket)), number_(number), asked_(number), options_(options), counts_(counts) {}

  int fd() const override { return socket_->fd(); }
  bool wants_write() const override { return socket_->unsent() > 0; }
  bool is_idle() const { return answered_ > 0 && !response_; }
  void go_idle() { socket_->go_idle(); }

  base::Result<void> on_ready(bool readable, bool writable) override {
    if (writable) FERRY_CHECK(socket_->push());
    if (!readable) return {};
    FERRY_CHECK(socket_->pull());
    if (!socket_->engine().established()) return {};
    if (!response_ && answered_ == 0) FERRY_CHECK(ask());
    return take_answers();
  }

 private:
  static constexpr std::uint64_t kChunkBytes = 256 * 1024;

  base::Result<void> ask() {
    const auto number = options_.objects == 0 ? options_.fresh + std::to_string(number_) + "-" + std::to_string(asked_)
                                              : std::to_string(asked_ % options_.objects);
    ++asked_;
    auto path = options_.path;
    if (const auto at = path.find("{n}"); at != std::string::npos) path.replace(at, 3, number);
    response_.emplace();
    began_ = std::chrono::steady_clock::now();
    FERRY_CHECK(socket_->write(base::bytes_of("GET " + path + " HTTP/1.1\r\nHost: " + options_.host + "\r\n\r\n")));
    return socket_->push();
  }

  base::Result<void> take_answers() {
    while (response_ && !socket_->inbox().empty()) {
      const auto before = response_->body_bytes();
      FERRY_TRY(const auto used, response_->take(socket_->inbox()));
      socket_->consume(used);
      const auto after = response_->body_bytes();
      counts_.bytes += after - before;
      note_times(before, after);
      if (!response_->done()) continue;
      response_.reset();
      ++answered_;
      ++counts_.requests;
      if (!options_.hold) FERRY_CHECK(ask());
    }
    return {};
  }

  void note_times(std::uint64_t before, std::uint64_t after) {
    const std::chrono::duration<double, std::milli> waited = std::chrono::steady_clock::now() - began_;
    if (before == 0 && after > 0) counts_.first_ms.push_back(waited.count());
    const bool whole = after >= kChunkBytes || response_->done();
    if (before < kChunkBytes && whole && after > before) counts_.first_chunk_ms.push_back(waited.count());
  }

  std::unique_ptr<TlsSocket> socket_;
  std::uint32_t number_;
  std::uint64_t asked_;
  const Options& options_;
  Counts& counts_;
  std::optional<HttpResponse> response_;
  std::uint64_t answered_ = 0;
  std::chrono::steady_clock::time_point began_;
};

base::Result<void> wait_until_idle(Poller& poller, const std::vector<std::unique_ptr<HttpsLink>>& links, std::size_t first) {
  const auto give_up_at = RunClock::Clock::now() + std::chrono::seconds(30);
  const auto is_idle = [](const auto& link) { return link->is_idle(); };
  while (!std::all_of(links.begin() + static_cast<std::ptrdiff_t>(first), links.end(), is_idle)) {
    if (RunClock::Clock::now() > give_up_at) return base::fail(base::environment("slow", "the server did not answer all connections in 30 s"));
    FERRY_CHECK(poller.poll(50));
  }
  for (auto i = first; i < links.size(); ++i) links[i]->go_idle();
  return {};
}

base::Result<void> run(const Options& options) {
  constexpr std::size_t kBatch = 50;
  raise_file_limit();
  FERRY_TRY(const auto tls, wire::TlsContext::client());
  Counts counts;
  Poller poller;
  std::vector<std::unique_ptr<HttpsLink>> links;
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    FERRY_TRY(auto socket, TlsSocket::connect(options.host, options.port, tls));
    links.push_back(std::make_unique<HttpsLink>(std::move(socket), i, options, counts));
    poller.add(*links.back());
    const bool batch_is_full = links.size() % kBatch == 0 || links.size() == options.connections;
    if (options.hold && batch_is_full) FERRY_CHECK(wait_until_idle(poller, links, (links.size() - 1) / kBatch * kBatch));
  }
  RunClock clock(options.warm, options.seconds);
  FERRY_CHECK(clock.warm_up(poller));
  counts = Counts{};
  FERRY_TRY(const auto seconds, clock.measure(poller));
  std::cout << nlohmann::json{{"seconds", seconds},   {"bytes", counts.bytes},       {"requests", counts.requests},
                              {"sessions", links.size()}, {"first_ms", counts.first_ms}, {"first_chunk_ms", counts.first_chunk_ms}}
            << std::endl;
  return {};
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  ferry::bench::Options options;
  CLI::App app{"Asks an HTTPS server and throws the bodies away."};
  app.add_option("--host", options.host, "numeric address");
  app.add_option("--port", options.port, "port")->required();
  app.add_option("--path", options.path, "what is asked for; {n} is replaced by a number")->required();
  app.add_option("--objects", options.objects, "how many numbers; 0: a new one each time");
  app.add_option("--fresh", options.fresh, "text before the number of a new object");
  app.add_option("--connections", options.connections, "connections at once");
  app.add_option("--warm", options.warm, "seconds before the measurement");
  app.add_option("--seconds", options.seconds, "seconds that are measured");
  app.add_flag("--hold", options.hold, "one request per connection, then silence");
  CLI11_PARSE(app, argc, argv);
  return ferry::bench::exit_code(ferry::bench::run(options));
}

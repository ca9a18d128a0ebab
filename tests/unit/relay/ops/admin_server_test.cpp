#include "relay/ops/admin_server.hpp"

#include <doctest/doctest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <string>

#include "relay/ops/reserved_port.hpp"
#include "tests/unit/relay/ops/relay_samples.hpp"

using namespace ferry;
using namespace ferry::relay;
namespace asio = boost::asio;

namespace {

struct Server {
  test::SampleStatus sample;
  BlockingPool pool{2};
  AdminServer server{pool};
  std::uint16_t port = 0;

  Server() {
    const auto bound = server.listen(Endpoint{"127.0.0.1", 0});
    REQUIRE(bound);
    port = *bound;
    AdminSources sources;
    sources.status = [this] { return sample.status; };
    sources.token = "secret-token";
    server.start(std::move(sources));
  }
  ~Server() {
    server.stop();
    pool.wait_idle();
  }

  /// Sends `bytes`, and reads until the server closes.
  std::string talk(const std::string& bytes) const {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    boost::system::error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }
  std::string get(const std::string& target, const std::string& fields = "") const {
    return talk("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n" + fields + "Connection: close\r\n\r\n");
  }
};

}  // namespace

TEST_CASE("admin server: pages, API and metrics are served over a socket") {
  const Server server;
  CHECK(server.get("/healthz").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(server.get("/healthz").ends_with("\r\n\r\nok\n"));
  CHECK(server.get("/metrics").find("ferry_relay_sessions 3") != std::string::npos);
  CHECK(server.get("/api/v1/status").starts_with("HTTP/1.1 401 "));
  CHECK(server.get("/api/v1/status", "Authorization: Bearer secret-token\r\n").starts_with("HTTP/1.1 200 "));
  const auto page = server.get("/");
  CHECK(page.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
  CHECK(page.find("X-Frame-Options: DENY") != std::string::npos);
}

TEST_CASE("admin server: a request under a stranger's name is turned away") {
  const Server server;
  CHECK(server.talk("GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer secret-token\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 421 "));
}

TEST_CASE("admin server: several requests on one connection, and HEAD without a body") {
  const Server server;
  const std::string host = "Host: localhost\r\n";
  const auto answer = server.talk("GET /healthz HTTP/1.1\r\n" + host + "\r\nHEAD /readyz HTTP/1.1\r\n" + host + "\r\nGET /nothing HTTP/1.1\r\n" + host +
                                  "Connection: close\r\n\r\n");
  CHECK(answer.find("ok\nHTTP/1.1 200 OK\r\n") != std::string::npos);
  CHECK(answer.find("Content-Length: 3\r\n\r\nHTTP/1.1 404 ") != std::string::npos);
}

TEST_CASE("admin server: what is malformed or too large ends the connection, and the server goes on") {
  const Server server;
  CHECK(server.talk("nonsense\r\n\r\n").empty());
  CHECK(server.talk("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").empty());
  CHECK(server.talk("POST /api/v1/claim HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n").empty());
  CHECK(server.get("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("admin server: an address in use is refused with the flag that changes it") {
  const Server server;
  BlockingPool pool{1};
  AdminServer second(pool);
  const auto refused = second.listen(Endpoint{"127.0.0.1", server.port});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "admin_listen");
  CHECK(refused.error().message.find("--admin") != std::string::npos);
}

TEST_CASE("reserved port: a port on which somebody listens is refused, also by somebody who would share it") {
  asio::io_context io;
  asio::ip::tcp::acceptor other(io);
  other.open(asio::ip::tcp::v4());
  other.set_option(asio::ip::tcp::acceptor::reuse_address(true));
  other.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
  const auto first = ReservedPort::take(Endpoint{"127.0.0.1", 0});
  REQUIRE(first);
  const auto port = first->endpoint().port;
  CHECK(port != 0);
  // A worker shares what was reserved.
  other.bind({asio::ip::make_address("127.0.0.1"), port});
  other.listen();
  const auto second = ReservedPort::take(Endpoint{"127.0.0.1", port});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == "listen");
  CHECK(second.error().message.find("--listen") != std::string::npos);
}

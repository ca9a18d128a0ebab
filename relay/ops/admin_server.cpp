#include <utility>

#include "relay/ops/admin_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <spdlog/spdlog.h>

namespace ferry::relay {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

namespace {

// An operator, a monitoring system and a few relays on this machine: nothing here needs more.
constexpr std::size_t kMaxConnections = 64;
constexpr std::uint32_t kMaxHeaderBytes = 16 * 1024;
constexpr std::uint64_t kMaxBodyBytes = 256 * 1024;  ///< as on the public port: a claim of 50 rows is about 40 KiB
constexpr std::chrono::seconds kIdleTimeout{60};
constexpr std::chrono::seconds kWriteTimeout{15};
constexpr std::chrono::seconds kAnswerTimeout{60};  ///< a claim waits for the ledger
constexpr std::chrono::milliseconds kAcceptPause{100};

AdminRequest values_of(Request&& request) {
  const auto field = [&](http::field name) { return std::string(request[name]); };
  return AdminRequest{std::string(request.method_string()), std::string(request.target()), field(http::field::host),
                      field(http::field::authorization), std::move(request.body())};
}

Response response_of(AdminResponse answer, unsigned version, bool keep_alive, bool head) {
  Response response{static_cast<http::status>(answer.status), version};
  response.set(http::field::server, "Ferry");
  response.set(http::field::content_type, answer.type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Frame-Options", "DENY");
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  if (answer.status == 401) response.set(http::field::www_authenticate, "Bearer");
  response.keep_alive(keep_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  if (head) response.body().clear();
  return response;
}

}  // namespace

base::Result<std::uint16_t> AdminServer::listen(const Endpoint& endpoint, const std::string& flag) {
  error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  const tcp::endpoint where(address, endpoint.port);
  if (!error) acceptor_.open(where.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(where, error);
  if (!error) acceptor_.listen(static_cast<int>(kMaxConnections), error);
  if (error) {
    return base::fail(base::environment("admin_listen", "cannot listen on " + endpoint.host + ":" + std::to_string(endpoint.port) + ": " +
                                                            error.message() + "; choose another " + flag));
  }
  return acceptor_.local_endpoint().port();
}

void AdminServer::start(AdminSources sources) {
  start([shared = std::make_shared<const AdminSources>(std::move(sources))](const AdminRequest& request) { return answer_admin(*shared, request); });
}

void AdminServer::start(std::function<AdminResponse(const AdminRequest&)> answer) {
  answer_ = std::move(answer);
  asio::co_spawn(io_, accept_loop(), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

void AdminServer::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

asio::awaitable<void> AdminServer::accept_loop() {
  for (;;) {
    error_code error;
    tcp::socket socket(io_);
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error || connections_ >= kMaxConnections) {
      socket.close(error);
      asio::steady_timer pause(io_, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    ++connections_;
    asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> AdminServer::serve(tcp::socket socket) {
  boost::beast::tcp_stream stream(std::move(socket));
  boost::beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(kMaxBodyBytes);
    error_code error;
    stream.expires_after(kIdleTimeout);
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    auto request = parser.release();
    keep_alive = request.keep_alive();
    const unsigned version = request.version();
    const bool head = request.method() == http::verb::head;
    std::function<AdminResponse()> work = [answer = answer_, values = values_of(std::move(request))] { return answer(values); };
    auto answer = co_await run_blocking(io_, pool_, std::move(work), kAnswerTimeout);
    AdminResponse late{503, "text/plain; charset=utf-8", "no answer in time; try again\n"};
    auto response = response_of(answer ? std::move(*answer) : std::move(late), version, keep_alive, head);
    stream.expires_after(kWriteTimeout);
    http::serializer<false, http::string_body> serializer(response);
    co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  --connections_;
}

}  // namespace ferry::relay

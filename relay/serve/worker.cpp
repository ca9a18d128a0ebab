#include <utility>

#include "relay/serve/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "relay/exit/socket_address.hpp"
#include "relay/serve/accept_connection.hpp"
#include "relay/serve/client_connection.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Shared by all connections of the worker; a client sends little, so one socket read is enough for most of what waits.
constexpr std::size_t kScratchBytes = 64 * 1024;

/// After accept() fails for want of descriptors: a pause instead of a busy loop.
constexpr std::chrono::milliseconds kAcceptPause{100};

base::IpAddress address_of(const asio::ip::tcp::endpoint& endpoint) {
  const auto known = exit::socket_address_from(endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  return known ? known->address : base::IpAddress{};
}

}  // namespace

Worker::Worker(const Node& node, AddressLimits& limits, MakeContent make_content)
    : node_(node), limits_(limits), scratch_(kScratchBytes), content_(make_content(io_)), acceptor_(io_) {}

Worker::~Worker() = default;

base::Result<std::uint16_t> Worker::listen(const Endpoint& endpoint) {
  const auto fails = [&](const char* what, const error_code& error) {
    return base::fail(base::environment("listen", std::string("cannot ") + what + " " + endpoint.host + ":" + std::to_string(endpoint.port) +
                                                      ": " + error.message() + "; choose another --listen"));
  };
  error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (error) return fails("parse the address", error);
  const tcp::endpoint where(address, endpoint.port);
  acceptor_.open(where.protocol(), error);
  if (error) return fails("open a socket for", error);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  acceptor_.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true), error);
  if (error) return fails("share", error);
  acceptor_.bind(where, error);
  if (error) return fails("listen on", error);
  acceptor_.listen(1024, error);
  if (error) return fails("listen on", error);
  asio::co_spawn(io_, accept_loop(), asio::detached);
  return acceptor_.local_endpoint().port();
}

void Worker::run() {
  const auto work = asio::make_work_guard(io_);
  io_.run();
}

asio::awaitable<void> Worker::accept_loop() {
  while (acceptor_.is_open()) {
    error_code error;
    tcp::socket socket(io_);
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {
      spdlog::warn("accept failed: {}", error.message());
      asio::steady_timer pause(io_, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    asio::co_spawn(io_, serve_socket(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> Worker::serve_socket(tcp::socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) co_return;
  const auto address = address_of(peer);
  if (!limits_.enter(address)) {
    Counters::add(counters_.connections_refused);
    co_return;
  }
  Counters::add(counters_.connections_accepted);
  Counters::add(counters_.connections_open);
  ++sockets_;
  co_await accept_connection(*this, std::move(socket));
  --sockets_;
  limits_.leave(address);
  Counters::sub(counters_.connections_open);
  stop_when_empty();
}

void Worker::drain() {
  asio::post(io_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* connection : connections_) connection->drain();
  });
}

void Worker::stop() {
  asio::post(io_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    stopping_ = true;
    for (auto* connection : connections_) connection->close();
    for (auto* socket : greeting_) socket->close(ignored);
    content().stop();
    stop_when_empty();
  });
}

void Worker::stream_ended() {
  --streams_;
  stop_when_empty();
}

void Worker::stop_when_empty() {
  if (!stopping_ || sockets_ > 0 || streams_ > 0) return;
  // Posted: who calls us still has its frame to leave, and must have left it before the content source goes.
  asio::post(io_, [this] { io_.stop(); });
}

}  // namespace ferry::relay

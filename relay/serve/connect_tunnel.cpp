#include <utility>

#include "relay/serve/connect_tunnel.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "relay/exit/checked_target.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/socket_deadline.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kResolveTimeout{10};
/// For each address; a name with several is tried one after the other, so that a dead first one does not cost the connection.
constexpr std::chrono::seconds kConnectTimeout{8};
constexpr std::size_t kMaxTried = 3;

tcp::endpoint endpoint_of(const base::IpAddress& address, std::uint16_t port) {
  if (address.is_v6) {
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), address.data.data(), bytes.size());
    return {asio::ip::address_v6(bytes), port};
  }
  asio::ip::address_v4::bytes_type bytes;
  std::memcpy(bytes.data(), address.data.data(), bytes.size());
  return {asio::ip::address_v4(bytes), port};
}

base::Error reason_of(const error_code& error) {
  if (error == asio::error::connection_refused) return base::environment("tunnel_refused", "nobody listens there: the connection was refused");
  if (error == asio::error::no_descriptors) return base::environment("tunnel_no_sockets", "this relay has no sockets left; use another one for now");
  // The deadline closes the socket.
  if (error == asio::error::operation_aborted || error == asio::error::timed_out || error == asio::error::bad_descriptor) {
    return base::environment("tunnel_timeout", "it did not answer in time");
  }
  return base::environment("tunnel_unreachable", "it cannot be reached: " + error.message());
}

/// Within reach of Worker::stop() while it is being connected.
class Greeted {
 public:
  Greeted(Worker& worker, tcp::socket& socket) : worker_(worker), socket_(socket) { worker_.greet(socket_); }
  ~Greeted() { worker_.greeted(socket_); }
  Greeted(const Greeted&) = delete;
  Greeted& operator=(const Greeted&) = delete;

 private:
  Worker& worker_;
  tcp::socket& socket_;
};

asio::awaitable<error_code> connect(Worker& worker, tcp::socket& socket, tcp::endpoint to) {
  error_code error;
  socket.open(to.protocol(), error);
  if (error) co_return error;
  const Greeted greeted(worker, socket);
  const SocketDeadline deadline(socket, kConnectTimeout);
  co_await socket.async_connect(to, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

}  // namespace

asio::awaitable<base::Result<std::unique_ptr<tcp::socket>>> connect_tunnel(Worker& worker, base::Host host, std::uint16_t port) {
  auto checking = exit::check_target(worker.node().exit_policy, worker.resolver(), std::move(host), port, kResolveTimeout);
  FERRY_CO_TRY(const auto target, co_await std::move(checking));
  base::Error why = base::environment("tunnel_unreachable", "it has no address");
  for (std::size_t i = 0; i < std::min(target.addresses.size(), kMaxTried); ++i) {
    auto socket = std::make_unique<tcp::socket>(worker.io());
    error_code error = co_await connect(worker, *socket, endpoint_of(target.addresses[i], port));
    if (!error) socket->non_blocking(true, error);
    if (!error) socket->set_option(tcp::no_delay(true), error);
    if (!error) co_return std::move(socket);
    why = reason_of(error);
  }
  co_return base::fail(std::move(why));
}

}  // namespace ferry::relay

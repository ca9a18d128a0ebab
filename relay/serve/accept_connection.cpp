#include <utility>

#include "relay/serve/accept_connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <netinet/tcp.h>
#include <optional>
#include <spdlog/spdlog.h>

#include "protocol/wire/limits.hpp"
#include "relay/serve/client_connection.hpp"
#include "relay/serve/http_edge.hpp"
#include "relay/serve/socket_deadline.hpp"
#include "relay/serve/tls_stream.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

/// As much as one send takes at most (TlsStream::kCorkBytes), so that the socket does not run dry either.
constexpr int kMaxUnsentBytes = 256 * 1024;

bool asks_for_session(const HttpRequest& request) {
  if (request.target() != wire::kEndpointPath || !websocket::is_upgrade(request)) return false;
  const auto offered = request[http::field::sec_websocket_protocol];
  return http::token_list(offered).exists(wire::kSubprotocol);
}

asio::awaitable<bool> upgrade(WebSocket& socket, HttpRequest request) {
  socket.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(http::field::sec_websocket_protocol, wire::kSubprotocol);
    response.set(http::field::server, "Ferry");
  }));
  socket.auto_fragment(false);
  error_code error;
  co_await socket.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return false;
  co_return !co_await socket.next_layer().flush();
}

asio::awaitable<void> run_session(Worker& worker, std::unique_ptr<WebSocket> socket) {
  const auto exporter = socket->next_layer().engine().exporter();
  if (!exporter) co_return;
  const auto connection = std::make_shared<ClientConnection>(worker, std::move(socket), *exporter);
  worker.add(*connection);
  co_await connection->run();
  worker.remove(*connection);
}

/// One request, read within limits; nullopt when there is none (closed, too slow, not HTTP).
asio::awaitable<std::optional<HttpRequest>> read_request(TlsStream& stream, boost::beast::flat_buffer& buffer) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMaxEdgeHeaderBytes);
  parser.body_limit(kMaxEdgeBodyBytes);
  error_code error;
  co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::nullopt;
  co_return parser.release();
}

/// Keeps the socket within reach of Worker::stop().
class Greeting {
 public:
  Greeting(Worker& worker, asio::ip::tcp::socket& socket) : worker_(worker), socket_(socket) { worker_.greet(socket_); }
  ~Greeting() { worker_.greeted(socket_); }
  Greeting(const Greeting&) = delete;
  Greeting& operator=(const Greeting&) = delete;

 private:
  Worker& worker_;
  asio::ip::tcp::socket& socket_;
};

}  // namespace

asio::awaitable<void> accept_connection(Worker& worker, asio::ip::tcp::socket socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  // What the kernel has taken cannot be overtaken: with little of it, a small message does not wait behind megabytes of another stream.
  socket.set_option(asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>(kMaxUnsentBytes), ignored);
  // A WebSocket from the start: it is only an empty shell around the TLS stream until the peer asks for one.
  auto web_socket = std::make_unique<WebSocket>(std::move(socket), worker.node().tls, worker.scratch());
  TlsStream& stream = web_socket->next_layer();
  const Greeting greeting(worker, stream.next_layer());
  boost::beast::flat_buffer buffer;
  for (bool first = true;; first = false) {
    std::optional<HttpRequest> request;
    bool wants_session = false;
    {
      const SocketDeadline deadline(stream.next_layer(), wire::kHandshakeTimeout);
      if (first && co_await stream.handshake()) {
        Counters::add(worker.counters().tls_failures);
        co_return;
      }
      request = co_await read_request(stream, buffer);
      if (!request) co_return;
      wants_session = asks_for_session(*request);
      if (wants_session && !co_await upgrade(*web_socket, std::move(*request))) co_return;
    }
    if (wants_session) co_return co_await run_session(worker, std::move(web_socket));
    const bool keep_alive = request->keep_alive();
    const SocketDeadline deadline(stream.next_layer(), std::chrono::seconds(60));
    if (!co_await answer_http(worker, stream, std::move(*request)) || !keep_alive) break;
  }
  stream.engine().close();
  co_await stream.flush();
}

}  // namespace ferry::relay

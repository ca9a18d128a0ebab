#include <utility>

#include "relay/discovery/probe_relay.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "relay/serve/descriptor_page.hpp"
#include "relay/serve/socket_deadline.hpp"
#include "relay/serve/tls_stream.hpp"

namespace ferry::relay::discovery {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using ferry::discovery::SignedDescriptor;
using Response = http::response<http::string_body>;

namespace {

constexpr std::uint32_t kMaxAnswerHeader = 4096;

asio::ip::tcp::endpoint endpoint_of(const exit::SocketAddress& where) {
  if (where.address.is_v6) return {asio::ip::address_v6(where.address.data), where.port};
  const auto& d = where.address.data;
  return {asio::ip::address_v4({d[0], d[1], d[2], d[3]}), where.port};
}

base::Error trouble(const char* code, const exit::SocketAddress& where) {
  return base::environment(code, where.address.to_string() + " port " + std::to_string(where.port) + " does not answer as a relay does");
}

asio::awaitable<base::Result<Response>> ask(TlsStream& stream, exit::SocketAddress where) {
  const base::Error no_answer = trouble("probe_answer", where);
  const std::string request = "GET " + std::string(kDescriptorPath) + " HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n";
  if (!stream.engine().write_plaintext(base::bytes_of(request))) co_return base::fail(no_answer);
  if (co_await stream.flush()) co_return base::fail(no_answer);
  http::response_parser<http::string_body> parser;
  parser.header_limit(kMaxAnswerHeader);
  parser.body_limit(ferry::discovery::kMaxSignedDescriptor);
  boost::beast::flat_buffer buffer;
  error_code error;
  co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  if (error || parser.get().result() != http::status::ok) co_return base::fail(no_answer);
  co_return parser.release();
}

base::Result<SignedDescriptor> check_answer(const Response& response, const wire::Exporter& exporter) {
  FERRY_TRY(auto descriptor, SignedDescriptor::read(base::bytes_of(response.body())));
  const auto field = response[kDescriptorProof];
  const auto bytes = base::from_hex({field.data(), field.size()});
  const auto proof = base::Signature::from(bytes.value_or(base::Bytes{}));
  if (!proof || !base::check_signature(wire::relay_proof_digest(exporter, descriptor->relay), *proof, descriptor->relay)) {
    return base::fail(base::peer_fault("probe_proof", "somebody shows the descriptor of " + descriptor->relay.to_eip55() + " and is not it"));
  }
  return descriptor;
}

}  // namespace

namespace {

/// Keeps a socket within reach of who ends all probes.
class Reachable {
 public:
  Reachable(std::unordered_set<asio::ip::tcp::socket*>& all, asio::ip::tcp::socket& socket) : all_(all), socket_(socket) { all_.insert(&socket_); }
  ~Reachable() { all_.erase(&socket_); }
  Reachable(const Reachable&) = delete;
  Reachable& operator=(const Reachable&) = delete;

 private:
  std::unordered_set<asio::ip::tcp::socket*>& all_;
  asio::ip::tcp::socket& socket_;
};

}  // namespace

asio::awaitable<base::Result<SignedDescriptor>> probe_relay(const ProbeMeans& means, exit::SocketAddress where) {
  const auto endpoint = endpoint_of(where);
  error_code error;
  asio::ip::tcp::socket socket(means.io);
  socket.open(endpoint.protocol(), error);
  if (error) co_return base::fail(trouble("probe_connect", where));
  TlsStream stream(std::move(socket), means.tls, means.scratch, wire::TlsEngine::Role::client);
  const Reachable reachable(means.running, stream.next_layer());
  const SocketDeadline deadline(stream.next_layer(), means.timeout);
  co_await stream.next_layer().async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return base::fail(trouble("probe_connect", where));
  if (co_await stream.handshake()) co_return base::fail(trouble("probe_tls", where));
  const auto exporter = stream.engine().exporter();
  if (!exporter) co_return base::fail(exporter.error());
  auto response = co_await ask(stream, where);
  if (!response) co_return base::fail(std::move(response).error());
  co_return check_answer(*response, *exporter);
}

}  // namespace ferry::relay::discovery

#include <utility>

#include "relay/ops/admin_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::uint64_t kMaxAnswer = std::uint64_t{1} << 30U;  ///< a million channels are told in some 400 MiB

asio::awaitable<AdminResponse> ask(asio::ip::tcp::endpoint relay, http::request<http::empty_body> request, std::chrono::milliseconds timeout) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);
  co_await stream.async_connect(relay, asio::use_awaitable);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswer);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  auto response = parser.release();
  co_return AdminResponse{response.result_int(), std::string(response[http::field::content_type]), std::move(response.body())};
}

base::Unexpected unreachable(const Endpoint& relay, const std::string& why) {
  return base::fail(base::environment("admin_unreachable", "the relay that runs does not answer at " + to_text(relay) + ": " + why));
}

}  // namespace

base::Result<AdminResponse> ask_admin(const Endpoint& relay, const std::string& token, const std::string& method, const std::string& target,
                                      std::chrono::milliseconds timeout) {
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(relay.host, bad);
  if (bad) return unreachable(relay, "this is no numeric address");
  http::request<http::empty_body> request{http::string_to_verb(method), target, 11};
  request.set(http::field::host, to_text(relay));
  request.set(http::field::authorization, "Bearer " + token);
  request.set(http::field::connection, "close");
  request.prepare_payload();
  asio::io_context io{1};
  base::Result<AdminResponse> outcome = unreachable(relay, "no answer");
  asio::co_spawn(io, ask({address, relay.port}, std::move(request), timeout), [&](const std::exception_ptr& error, AdminResponse answer) {
    if (!error) {
      outcome = std::move(answer);
      return;
    }
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& why) {
      outcome = unreachable(relay, why.what());
    }
  });
  io.run();
  return outcome;
}

}  // namespace ferry::relay

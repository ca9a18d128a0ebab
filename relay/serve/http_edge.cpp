#include <utility>

#include "relay/serve/http_edge.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "protocol/base/html_text.hpp"
#include "protocol/wire/limits.hpp"
#include "relay/serve/descriptor_page.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using HttpResponse = http::response<http::string_body>;

namespace {

constexpr boost::beast::string_view kLedgerPath = "/ledger/v1/";
constexpr std::chrono::seconds kLedgerTimeout{20};

HttpResponse respond(const HttpRequest& request, http::status status, const char* type, std::string body) {
  HttpResponse response{status, request.version()};
  response.set(http::field::server, "Ferry");
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(body);
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

asio::awaitable<HttpResponse> answer_ledger(Worker& worker, HttpRequest request) {
  std::string method(request.target().substr(kLedgerPath.size()));
  Counters::add(worker.counters().ledger_calls);
  std::function<std::string()> work = [&node = worker.node(), method = std::move(method), body = std::move(request.body())] {
    return node.ledger_api(method, body);
  };
  auto answer = co_await run_blocking(worker.io(), worker.node().pool, std::move(work), kLedgerTimeout);
  if (!answer) {
    co_return respond(request, http::status::service_unavailable, "application/json",
                      R"({"error":{"kind":"environment","code":"ledger_timeout","message":"the ledger did not answer in time"}})");
  }
  co_return respond(request, http::status::ok, "application/json", std::move(*answer));
}

HttpResponse answer_page(const Worker& worker, const HttpRequest& request) {
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  if (!reads) return respond(request, http::status::method_not_allowed, "text/plain", "only GET and HEAD are answered here\n");
  if (request.target() == "/") return respond(request, http::status::ok, "text/html; charset=utf-8", worker.node().front_page);
  if (request.target() == "/healthz") return respond(request, http::status::ok, "text/plain", "ok\n");
  if (request.target() == "/robots.txt") return respond(request, http::status::ok, "text/plain", "User-agent: *\nDisallow: /\n");
  if (request.target() == wire::kEndpointPath) {
    return respond(request, http::status::upgrade_required, "text/plain",
                   "this is a Ferry relay's endpoint: connect with a WebSocket, subprotocol ferry.1\n");
  }
  return respond(request, http::status::not_found, "text/plain", "nothing here; see /\n");
}

HttpResponse answer_descriptor(const Worker& worker, const TlsStream& stream, const HttpRequest& request) {
  const Node& node = worker.node();
  const auto own = node.directory == nullptr ? std::nullopt : node.directory->own();
  const auto exporter = stream.engine().exporter();
  if (!own || !exporter) return respond(request, http::status::not_found, "text/plain", "this relay has no descriptor\n");
  auto response = respond(request, http::status::ok, "application/octet-stream", std::string(base::text_of(own->bytes())));
  response.set(kDescriptorProof, base::to_hex(node.identity.sign(wire::relay_proof_digest(*exporter, node.identity.address())).view()));
  return response;
}

}  // namespace

asio::awaitable<bool> answer_http(Worker& worker, TlsStream& stream, HttpRequest request) {
  HttpResponse response;
  if (request.method() == http::verb::post && request.target().starts_with(kLedgerPath)) {
    response = co_await answer_ledger(worker, std::move(request));
  } else if (request.method() == http::verb::get && request.target() == kDescriptorPath) {
    response = answer_descriptor(worker, stream, request);
  } else {
    response = answer_page(worker, request);
  }
  http::serializer<false, http::string_body> serializer(response);
  boost::system::error_code error;
  co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return false;
  if (co_await stream.flush()) co_return false;
  co_return true;
}

std::string make_front_page(const RelaySettings& settings, const std::string& relay_address) {
  const std::string contact = settings.contact.empty() ? "The operator has not published a contact yet." : base::html_text(settings.contact);
  return R"(<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This is a Ferry relay</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:3em auto;padding:0 1em;color:#222}code{word-break:break-all}</style>
<h1>This is a Ferry relay</h1>
<p>You probably came here because a request from this address reached your server, or because it shows up in a log.</p>
<p>This machine runs <b>Ferry</b>, a relay that fetches public web content on behalf of other people, who pay for the traffic.
It is not the origin of what passes through it, and the operator does not choose what is asked for. It contacts public addresses on
web ports only, follows what origins say about caching, and forwards nothing about the people who ask.</p>
<h2>Complaints and blocking</h2>
<p>If traffic from this relay troubles you, write to the operator and name your host or network: it can be refused by one rule.</p>
<p>Contact: <b>)" + contact + R"(</b></p>
<p>Relay: <code>)" + base::html_text(relay_address) + R"(</code></p>
</html>
)";
}

}  // namespace ferry::relay

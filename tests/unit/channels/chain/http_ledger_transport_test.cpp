#include "channels/chain/http_ledger_transport.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "channels/chain/ledger_api.hpp"
#include "channels/chain/ledger_json.hpp"
#include "channels/chain/remote_ledger.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"
#include "tests/unit/channels/chain/loopback_server.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

using Security = LoopbackServer::Security;

HttpLedgerTransport transport_to(const std::string& url) {
  const auto parsed = LedgerUrl::parse("ledger:" + url);
  if (!parsed) FAIL(parsed.error().message);
  HttpLedgerTransport::Timeouts timeouts;
  timeouts.total = std::chrono::milliseconds(1500);
  return HttpLedgerTransport{*parsed, timeouts};
}

std::string answer_of(const Outcome<std::string>& outcome) {
  if (outcome.is_ok()) return *outcome.value;
  return (outcome.kind == Outcome<std::string>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}

/// A port that nobody listens on.
std::string dead_authority() { return LoopbackServer{[](const std::string&) { return std::nullopt; }}.authority(); }

}  // namespace

TEST_CASE("http ledger transport: a question becomes one POST, its answer comes back") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{\"nonce\":5}"); }};
  const auto ask = transport_to("http://" + server.authority() + "/base/");
  CHECK(answer_of(ask("nonce", "{\"account\":1}")) == "{\"nonce\":5}");
  REQUIRE(server.requests().size() == 1);
  const auto request = server.requests().front();
  CHECK(request.starts_with("POST /base/ledger/v1/nonce HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{\"account\":1}"));
}

TEST_CASE("http ledger transport: connections are kept for the next question") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{}"); }};
  const auto ask = transport_to("http://" + server.authority());
  for (int i = 0; i < 3; ++i) CHECK(answer_of(ask("info", "{}")) == "{}");
  const auto same_connections = ask;
  CHECK(answer_of(same_connections("info", "{}")) == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("http ledger transport: no connection means nothing was sent") {
  const auto ask = transport_to("http://" + dead_authority());
  CHECK(answer_of(ask("submit", "{}")) == "failed: ledger_unreachable");
}

TEST_CASE("http ledger transport: a connection that closes after the question leaves its fate open") {
  LoopbackServer server{[](const std::string&) { return std::nullopt; }};
  CHECK(answer_of(transport_to("http://" + server.authority())("submit", "{}")) == "unknown: ledger_no_answer");
}

TEST_CASE("http ledger transport: an answer that never comes leaves the fate open") {
  LoopbackServer* self = nullptr;
  LoopbackServer server{[&](const std::string&) -> std::optional<std::string> {
    self->wait_for_the_end();
    return std::nullopt;
  }};
  self = &server;
  CHECK(answer_of(transport_to("http://" + server.authority())("submit", "{}")) == "unknown: ledger_no_answer");
}

TEST_CASE("http ledger transport: an answer without end is cut off") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok(std::string(kMaxLedgerText + 1, ' ')); }};
  CHECK(answer_of(transport_to("http://" + server.authority())("info", "{}")) == "unknown: ledger_no_answer");
  LoopbackServer just_fits{[](const std::string&) { return LoopbackServer::ok(std::string(kMaxLedgerText, ' ')); }};
  CHECK(answer_of(transport_to("http://" + just_fits.authority())("info", "{}")).size() == kMaxLedgerText);
}

TEST_CASE("http ledger transport: redirects are not followed") {
  LoopbackServer other{[](const std::string&) { return LoopbackServer::ok("{}"); }};
  LoopbackServer server{[&](const std::string&) {
    return "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" + other.authority() + "/\r\nContent-Length: 5\r\n\r\nmoved";
  }};
  CHECK(answer_of(transport_to("http://" + server.authority())("submit", "{}")) == "moved");
  CHECK(other.requests().empty());
}

TEST_CASE("http ledger transport: a proxy of the environment is not used") {
  const auto dead = "http://" + dead_authority();
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, dead.c_str(), 1);
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{}"); }};
  CHECK(answer_of(transport_to("http://" + server.authority())("info", "{}")) == "{}");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
}

TEST_CASE("http ledger transport: only methods of the ledger are asked for") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{}"); }};
  CHECK(answer_of(transport_to("http://" + server.authority())("../admin", "{}")) == "failed: ledger_method");
  CHECK(server.requests().empty());
}

TEST_CASE("http ledger transport: without a pin a certificate that nobody vouches for is refused before anything is sent") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{}"); }, Security::tls};
  CHECK(answer_of(transport_to("https://" + server.authority())("submit", "{}")) == "failed: ledger_unreachable");
  CHECK(server.requests().empty());
}

TEST_CASE("http ledger transport: with a pin that key counts and no other") {
  LoopbackServer server{[](const std::string&) { return LoopbackServer::ok("{}"); }, Security::tls};
  LoopbackServer other{[](const std::string&) { return LoopbackServer::ok("{}"); }, Security::tls};
  CHECK(answer_of(transport_to("https://" + server.authority() + "?pin=" + server.pin())("info", "{}")) == "{}");
  CHECK(answer_of(transport_to("https://" + server.authority() + "?pin=" + other.pin())("submit", "{}")) == "failed: ledger_unreachable");
  CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(LedgerRoom, "http ledger transport: a whole ledger through HTTP") {
  const People people;
  const auto ledger = open();
  LoopbackServer server{[&](const std::string& request) {
    constexpr std::string_view kBefore = "POST /ledger/v1/";
    const auto method = request.substr(kBefore.size(), request.find(' ', kBefore.size()) - kBefore.size());
    return LoopbackServer::ok(handle_text(*ledger, method, std::string_view{request}.substr(request.find("\r\n\r\n") + 4)));
  }};
  RemoteLedger remote{transport_to("http://" + server.authority())};
  fund(remote, people.payer);
  const auto config = channel_of(people, token_of(remote));
  CHECK(act(remote, Deposit{config, units(600)}, people.payer) == "ok");
  // A full claim is the largest question.
  const auto row = row_of(separator_of(remote), config, people.session, units(500), units(400));
  CHECK(act(remote, Claim{std::vector(kMaxClaimRows, row), std::nullopt}, people.relay) == "ok");
  CHECK(channel_in(remote, config).total_claimed == units(400));
  CHECK(channel_in(*ledger, config).total_claimed == units(400));
  CHECK(remote.events(config.receiver, 0, 100).value->size() == 2);
}

TEST_CASE("http ledger transport: a dead ledger leaves a transaction's fate open and fails a question") {
  RemoteLedger remote{transport_to("http://" + dead_authority())};
  const auto raw = *sign_transaction(LedgerTransaction{{1, key_of(9).address()}, {}, 0, Transfer{key_of(2).address(), units(1)}}, key_of(1));
  CHECK(test::fate_of(remote.submit(raw)) == "unknown: ledger_unreachable");
  const auto info = remote.info();
  CHECK(info.kind == Outcome<ChainInfo>::Kind::failed);
  CHECK(info.error->kind == base::ErrorKind::environment);
}

#include "client/proxy/own_pages.hpp"

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;

namespace {

struct Page {
  std::string head;
  std::string body;
};

Page ask(ProxyTrial& proxy, const std::string& request) {
  App app(proxy.port());
  app.send(request);
  Page page;
  page.head = app.read_head();
  page.body = app.read(length_of(page.head));
  return page;
}

std::string get(const std::string& path, const std::string& host, const std::string& more = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n";
}

}  // namespace

TEST_CASE("own pages: the page, its values and the script, at the address and as ferry.local") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  const auto here = proxy.ready()["proxy"].get<std::string>();
  for (const std::string& host : {here, std::string("localhost"), std::string("127.0.0.1:99"), std::string("ferry.local")}) {
    CAPTURE(host);
    CHECK(status_of(ask(proxy, get("/", host)).head) == 200);
    const auto status = ask(proxy, get("/status.json?x", host));
    CHECK(status_of(status.head) == 200);
    CHECK(nlohmann::json::parse(status.body)["relays"].size() == 1);
  }
  const auto through = ask(proxy, get("http://ferry.local/status.json", "ferry.local"));
  CHECK(status_of(through.head) == 200);
  const auto pac = ask(proxy, get("/proxy.pac", here));
  CHECK(has(pac.head, "application/x-ns-proxy-autoconfig"));
  CHECK(has(pac.body, here));
  CHECK(relay.tunnels().empty());
}

TEST_CASE("own pages: under another name they are not read") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  for (const std::string host : {"evil.test", "ferry.local.evil.test", "localhost.evil.test:80", ""}) {
    CAPTURE(host);
    CHECK(status_of(ask(proxy, get("/status.json", host)).head) == 421);
  }
}

TEST_CASE("own pages: what is not there, and what is not asked so") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  CHECK(status_of(ask(proxy, get("/favicon.ico", "localhost")).head) == 404);
  const auto post = ask(proxy, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  CHECK(status_of(post.head) == 405);
  CHECK(has(post.head, "Allow: GET, HEAD\r\n"));
  App head(proxy.port());
  head.send("HEAD / HTTP/1.0\r\n\r\n");
  CHECK(status_of(head.read_head()) == 200);
  CHECK(head.read_to_end() == "");
}

TEST_CASE("own pages: a connection is kept for the next") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send(get("/status.json", "localhost") + get("/proxy.pac", "localhost") + get("/none", "localhost", "Connection: close\r\n"));
  for (const int status : {200, 200, 404}) {
    const auto head = app.read_head();
    CHECK(status_of(head) == status);
    app.read(length_of(head));
  }
  CHECK(app.read_to_end() == "");
}

TEST_CASE("own pages: a password is asked for, but for the script, which browsers fetch without one") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxySettings settings;
  settings.password = Credentials{"ann", "secret"};
  ProxyTrial proxy(client, settings);
  CHECK(status_of(ask(proxy, get("/proxy.pac", "localhost")).head) == 200);
  const auto refused = ask(proxy, get("/status.json", "localhost"));
  CHECK(status_of(refused.head) == 401);
  CHECK(has(refused.head, "WWW-Authenticate: Basic"));
  CHECK(status_of(ask(proxy, get("/status.json", "localhost", "Authorization: Basic YW5uOnNlY3JldA==\r\n")).head) == 200);
}

}  // namespace ferry::client

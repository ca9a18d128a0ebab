#include "channels/chain/ledger_url.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using namespace ferry::chain;

namespace {

const std::string kPin = "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

std::string code_of(const std::string& text) {
  const auto url = LedgerUrl::parse(text);
  return url ? "ok" : url.error().code;
}
LedgerUrl parsed(const std::string& text) {
  const auto url = LedgerUrl::parse(text);
  if (!url) FAIL(url.error().message);
  return *url;
}

}  // namespace

TEST_CASE("ledger url: embedded is the one word") {
  CHECK(parsed("embedded") == LedgerUrl{LedgerUrl::Kind::embedded, "", "", false});
  CHECK(code_of("Embedded") == "ledger_url");
  CHECK(code_of("embedded:x") == "ledger_url");
  CHECK(code_of("") == "ledger_url");
}

TEST_CASE("ledger url: a remote ledger has a base under which its methods lie") {
  CHECK(parsed("ledger:https://relay.example:8443/") == LedgerUrl{LedgerUrl::Kind::remote, "https://relay.example:8443", "", false});
  CHECK(parsed("ledger:https://relay.example/some/path/").base == "https://relay.example/some/path");
  CHECK(parsed("ledger:https://RELAY.example:443").base == "https://relay.example");
}

TEST_CASE("ledger url: a pin names the server's key") {
  CHECK(parsed("ledger:https://relay.example?pin=" + kPin) == LedgerUrl{LedgerUrl::Kind::remote, "https://relay.example", kPin, false});
  CHECK(code_of("ledger:https://relay.example?pin=") == "ledger_url_pin");
  CHECK(code_of("ledger:https://relay.example?pin=" + kPin.substr(8)) == "ledger_url_pin");
  CHECK(code_of("ledger:https://relay.example?pin=" + kPin.substr(0, kPin.size() - 1)) == "ledger_url_pin");
  CHECK(code_of("ledger:https://relay.example?pin=sha256//" + std::string(43, 'A') + "=") == "ok");
  CHECK(code_of("ledger:https://relay.example?pin=sha256//" + std::string(42, 'A') + "B=") == "ledger_url_pin");
  CHECK(code_of("ledger:https://relay.example?pin=sha256//" + std::string(42, 'A') + "-=") == "ledger_url_pin");
  CHECK(code_of("ledger:https://relay.example?pin=" + kPin + ";" + kPin) == "ledger_url_pin");
  CHECK(code_of("ledger:http://127.0.0.1?pin=" + kPin) == "ledger_url_pin");
}

TEST_CASE("ledger url: http stays on this machine unless that is said not to matter") {
  for (const char* url : {"ledger:http://127.0.0.1:8080", "ledger:http://127.9.9.9", "ledger:http://[::1]:80", "ledger:http://localhost",
                          "ledger:http://0x7f.1", "ledger:http://LOCALHOST/x"}) {
    CAPTURE(url);
    CHECK(code_of(url) == "ok");
  }
  for (const char* url : {"ledger:http://relay.example", "ledger:http://192.168.0.1", "ledger:http://[::2]", "ledger:http://localhost.example",
                          "ledger:http://0.0.0.0", "ledger:http://[::ffff:127.0.0.1]"}) {
    CAPTURE(url);
    CHECK(code_of(url) == "ledger_url_insecure");
  }
  CHECK(parsed("ledger:http://relay.example?insecure=1").insecure);
  CHECK(code_of("ledger:https://relay.example?insecure=1") == "ledger_url_option");
}

TEST_CASE("ledger url: what is not known is refused, what comes later says so") {
  const auto later = LedgerUrl::parse("tron:https://api.example?contract=T0");
  REQUIRE_FALSE(later.has_value());
  CHECK(later.error().code == "ledger_url_later");
  CHECK(later.error().message.find("later") != std::string::npos);
  CHECK(code_of("ledger:https://relay.example?color=blue") == "ledger_url_option");
  CHECK(code_of("ledger:http://relay.example?insecure=0") == "ledger_url_option");
  CHECK(code_of("ledger:http://relay.example?insecure=1&x") == "ledger_url_option");
  CHECK(code_of("ledger:ftp://relay.example") == "url_scheme");
  CHECK(code_of("ledger:https://user@relay.example") == "url_userinfo");
  CHECK(code_of("ledger:") != "ok");
  CHECK(code_of("https://relay.example") == "ledger_url");
  CHECK(code_of("ledger:https://relay.example/" + std::string(LedgerUrl::kMaxLength, 'a')) == "ledger_url");
}

TEST_CASE("ledger url: what is shown of a chain's nodes holds no path, in which a key may be") {
  const std::string contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3", options = "?contract=" + contract + "&token=" + contract + "&confirmations=2";
  CHECK(LedgerUrl::shown("evm:https://one.example/key/abc,https://two.example:8443/def" + options) == "evm:https://one.example,https://two.example:8443" + options);
  CHECK(LedgerUrl::shown("embedded") == "embedded");
  CHECK(LedgerUrl::shown("ledger:https://relay.example/base") == "ledger:https://relay.example/base");
}

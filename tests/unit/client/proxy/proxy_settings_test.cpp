#include "client/proxy/proxy_settings.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

Destination at(const char* host) { return {base::Host::parse(host).value(), 1080}; }

std::string code_of(const ProxySettings& settings) {
  const auto checked = check(settings);
  return checked ? "" : checked.error().code;
}

}  // namespace

TEST_CASE("proxy settings: as they are, they listen on loopback alone") {
  CHECK(code_of({}) == "");
  ProxySettings settings;
  for (const char* host : {"127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"}) {
    settings.listen = {at(host)};
    CHECK_MESSAGE(code_of(settings) == "", host);
  }
  settings.listen.clear();
  CHECK(code_of(settings) == "proxy_listen");
  settings.listen = {at("localhost")};
  CHECK(code_of(settings) == "proxy_listen");
}

TEST_CASE("proxy settings: a URL has no content address") {
  ProxySettings settings;
  settings.verify.level = content::VerificationLevel::content_address;
  CHECK(code_of(settings) == "proxy_verify");
}

TEST_CASE("proxy settings: other machines need a word and a password") {
  for (const char* host : {"0.0.0.0", "192.168.1.1", "[::]", "[2001:db8::1]"}) {
    CAPTURE(host);
    ProxySettings settings;
    settings.listen.push_back(at(host));
    CHECK(code_of(settings) == "proxy_listen_remote");
    settings.allow_remote = true;
    CHECK(code_of(settings) == "proxy_password");
    settings.password = Credentials{"ann", ""};
    CHECK(code_of(settings) == "proxy_password");
    settings.password = Credentials{"ann", "secret"};
    CHECK(code_of(settings) == "");
    settings.allow_remote = false;
    CHECK(code_of(settings) == "proxy_listen_remote");
  }
}

}  // namespace ferry::client

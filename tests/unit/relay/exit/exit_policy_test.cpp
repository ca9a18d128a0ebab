#include "relay/exit/exit_policy.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/exit/addresses.hpp"
#include "tests/unit/relay/exit/code_of.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::code_of;
using test::ip;

OwnEndpoints own() { return {{ip("93.184.215.14"), ip("10.1.2.3"), ip("2a00:1450::5"), ip("127.0.0.1"), ip("::1")}, {40123, 40124}}; }

struct Lists {
  std::vector<const char*> allow = {};
  std::vector<const char*> deny = {};
};

ExitPolicy policy(const Lists& lists = {}) {
  ExitRules rules;
  for (const char* text : lists.allow) rules.allow.push_back(parse_exit_allow(text).value());
  for (const char* text : lists.deny) rules.deny.push_back(parse_exit_deny(text).value());
  return ExitPolicy::make(rules, own()).value();
}

std::string judge(const ExitPolicy& policy, std::string_view address, std::uint16_t port) {
  const auto result = policy.check_address(ip(address), port);
  if (!result) {
    CHECK(result.error().kind == base::ErrorKind::refusal);
    CHECK(result.error().code.starts_with("exit_"));
    CHECK_FALSE(result.error().message.empty());
  }
  return code_of(result);
}

TEST_CASE("exit policy: by default public addresses are allowed at ports 80 and 443") {
  const auto plain = policy();
  for (const char* address : {"8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111"}) {
    CAPTURE(address);
    CHECK(judge(plain, address, 80) == "ok");
    CHECK(judge(plain, address, 443) == "ok");
    for (const int port : {0, 22, 25, 79, 81, 119, 442, 444, 445, 6881, 8080, 65535}) {
      CHECK(judge(plain, address, static_cast<std::uint16_t>(port)) == "exit_port");
    }
  }
}

TEST_CASE("exit policy: an allowed range opens its addresses at every port") {
  const auto open = policy({.allow = {"127.0.0.0/8", "fd00:1::/32"}});
  CHECK(judge(open, "127.0.0.1", 8080) == "ok");
  CHECK(judge(open, "127.255.255.255", 1) == "ok");
  CHECK(judge(open, "::ffff:127.0.0.1", 8080) == "ok");
  CHECK(judge(open, "fd00:1::7", 9) == "ok");
  CHECK(judge(open, "127.0.0.1", 0) == "exit_port");
  CHECK(judge(open, "10.0.0.1", 80) == "exit_private");
  CHECK(judge(open, "fd00:2::7", 80) == "exit_unique_local");
  CHECK(judge(open, "8.8.8.8", 8080) == "exit_port");
}

TEST_CASE("exit policy: an allowed range with a port opens that port alone") {
  const auto open = policy({.allow = {"10.0.0.0/8:8080", "8.8.8.8:53"}});
  CHECK(judge(open, "10.0.0.1", 8080) == "ok");
  CHECK(judge(open, "10.0.0.1", 80) == "exit_private");
  CHECK(judge(open, "8.8.8.8", 53) == "ok");
  CHECK(judge(open, "8.8.8.8", 443) == "ok");
  CHECK(judge(open, "8.8.4.4", 53) == "exit_port");
}

TEST_CASE("exit policy: a denied range wins over an allowed one") {
  const auto both = policy({.allow = {"0.0.0.0/0", "9.9.9.9"}, .deny = {"9.9.9.0/24", "2a01::/16"}});
  CHECK(judge(both, "9.9.9.9", 443) == "exit_denied_range");
  CHECK(judge(both, "::ffff:9.9.9.9", 443) == "exit_denied_range");
  CHECK(judge(both, "64:ff9b::909:909", 443) == "exit_denied_range");
  CHECK(judge(both, "9.9.10.9", 443) == "ok");
  CHECK(judge(both, "2a01::1", 443) == "exit_denied_range");
  CHECK(judge(policy({.deny = {"64:ff9b::/96"}}), "64:ff9b::808:808", 443) == "exit_denied_range");
}

TEST_CASE("exit policy: a cloud's metadata opens only to an allow for exactly this address") {
  const auto broad = policy({.allow = {"0.0.0.0/0", "::/0", "169.254.169.252/30"}});
  CHECK(judge(broad, "169.254.169.253", 80) == "ok");
  for (const char* address : {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::169.254.169.254",
                              "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fe80::a9fe:a9fe"}) {
    CAPTURE(address);
    CHECK(judge(broad, address, 80) == "exit_metadata");
  }
  const auto exact = policy({.allow = {"169.254.169.254:80", "fd00:ec2::254"}});
  CHECK(judge(exact, "169.254.169.254", 80) == "ok");
  CHECK(judge(exact, "::ffff:169.254.169.254", 80) == "ok");
  CHECK(judge(exact, "169.254.169.254", 443) == "exit_metadata");
  CHECK(judge(exact, "fd00:ec2::254", 8080) == "ok");
}

TEST_CASE("exit policy: own addresses are refused at every port") {
  const auto plain = policy();
  CHECK(judge(plain, "93.184.215.14", 443) == "exit_own_address");
  CHECK(judge(plain, "93.184.215.14", 8080) == "exit_own_address");
  CHECK(judge(plain, "::ffff:93.184.215.14", 443) == "exit_own_address");
  CHECK(judge(plain, "64:ff9b::5db8:d70e", 443) == "exit_own_address");
  CHECK(judge(plain, "2a00:1450::5", 443) == "exit_own_address");
  CHECK(judge(plain, "93.184.215.15", 443) == "ok");
}

TEST_CASE("exit policy: own addresses are known in whatever form they are told") {
  base::IpAddress dirty = ip("93.184.215.14");
  dirty.data[9] = 1;
  for (const auto& told : {ip("::ffff:93.184.215.14"), dirty}) {
    const auto plain = ExitPolicy::make({}, {{told}, {}}).value();
    CHECK(judge(plain, "93.184.215.14", 443) == "exit_own_address");
    CHECK(judge(plain, "::ffff:93.184.215.14", 443) == "exit_own_address");
  }
}

TEST_CASE("exit policy: no allow opens the relay's own ports on any address of this machine") {
  const auto open = policy({.allow = {"0.0.0.0/0", "::/0", "127.0.0.1:40123", "93.184.215.14:40124"}});
  for (const char* address : {"127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "93.184.215.14", "10.1.2.3", "::1", "::",
                              "2a00:1450::5", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:5db8:d70e::1"}) {
    CAPTURE(address);
    CHECK(judge(open, address, 40123) == "exit_own_port");
    CHECK(judge(open, address, 40124) == "exit_own_port");
  }
  CHECK(judge(open, "127.0.0.1", 40125) == "ok");
  CHECK(judge(open, "93.184.215.14", 443) == "ok");
  CHECK(judge(open, "93.184.215.15", 40123) == "ok");
}

TEST_CASE("exit policy: what an IPv6 address carries must pass as well") {
  const auto open = policy({.allow = {"64:ff9b::/96", "2002::/16", "::/96"}});
  CHECK(judge(open, "64:ff9b::a00:1", 443) == "exit_private");
  CHECK(judge(open, "2002:a00:1::", 443) == "exit_private");
  CHECK(judge(open, "::10.0.0.1", 443) == "exit_private");
  CHECK(judge(open, "2002:808:808::", 443) == "ok");
  CHECK(judge(open, "::8.8.8.8", 443) == "ok");
  const auto plain = policy();
  CHECK(judge(plain, "2002:808:808::", 443) == "exit_6to4");
  CHECK(judge(plain, "::8.8.8.8", 443) == "exit_ipv4_compatible");
}

TEST_CASE("exit policy: a name at an unusual port waits for its address only where an allow may open that port") {
  const base::Host host{"origin.example"};
  CHECK(code_of(policy().check_host(host, 8080)) == "exit_port");
  CHECK(code_of(policy({.allow = {"10.0.0.0/8:9090"}}).check_host(host, 8080)) == "exit_port");
  CHECK(code_of(policy({.allow = {"10.0.0.0/8:8080"}}).check_host(host, 8080)) == "ok");
  CHECK(code_of(policy({.allow = {"10.0.0.0/8"}}).check_host(host, 8080)) == "ok");
  CHECK(code_of(policy({.allow = {"10.0.0.0/8"}}).check_host(host, 0)) == "exit_port");
}

TEST_CASE("exit policy: local and metadata names stay refused whatever is allowed") {
  const auto open = policy({.allow = {"0.0.0.0/0", "::/0"}});
  CHECK(code_of(open.check_host(base::Host{"localhost"}, 80)) == "exit_local_name");
  CHECK(code_of(open.check_host(base::Host{"a.b.localhost"}, 80)) == "exit_local_name");
  CHECK(code_of(open.check_host(base::Host{"metadata.google.internal"}, 80)) == "exit_metadata_name");
}

TEST_CASE("exit policy: a host or scheme that the URL parser would not have made is refused") {
  const auto plain = policy();
  for (const char* name : {"LOCALHOST", "localhost.", "127.1", "0x7f000001", "", "a b", "[::1]", "exa\nmple.org", "8.8.8.8"}) {
    CAPTURE(name);
    CHECK(code_of(plain.check_host(base::Host{std::string{name}}, 80)) == "exit_host_spelling");
  }
  for (const char* scheme : {"file", "ftp", "gopher", "HTTP", "", "unix"}) {
    CAPTURE(scheme);
    CHECK(code_of(plain.check_url(base::Url{scheme, base::Host{"example.org"}, 80, "/"})) == "exit_scheme");
  }
}

TEST_CASE("exit policy: a URL with a literal address is judged in full") {
  const auto plain = policy();
  CHECK(code_of(plain.check_url(base::Url::parse("http://10.0.0.1/").value())) == "exit_private");
  CHECK(code_of(plain.check_url(base::Url::parse("http://8.8.8.8/").value())) == "ok");
}

TEST_CASE("exit policy: the operator's ports replace the default ones") {
  ExitRules rules;
  rules.ports = {8443};
  const auto one = ExitPolicy::make(rules, own()).value();
  CHECK(judge(one, "8.8.8.8", 8443) == "ok");
  CHECK(judge(one, "8.8.8.8", 443) == "exit_port");
  CHECK(code_of(one.check_host(base::Host{"example.org"}, 443)) == "exit_port");
}

TEST_CASE("exit policy: denied domains match whole labels, in any case and with a trailing dot") {
  ExitRules rules;
  rules.deny_domains = {"Blocked.Example", "*.tracker.example.", "com"};
  const auto denying = ExitPolicy::make(rules, own()).value();
  for (const char* url : {"http://blocked.example/", "http://BLOCKED.example./", "http://a.b.blocked.example/", "http://tracker.example/",
                          "http://example.com/"}) {
    CAPTURE(url);
    CHECK(code_of(denying.check_url(base::Url::parse(url).value())) == "exit_denied_domain");
  }
  for (const char* url :
       {"http://unblocked.example/", "http://blocked.example.org/", "http://example/", "http://dotcom/", "http://com.example/"}) {
    CAPTURE(url);
    CHECK(code_of(denying.check_url(base::Url::parse(url).value())) == "ok");
  }
}

TEST_CASE("exit policy: rules that cannot be meant are refused when the policy is made") {
  ExitRules port_zero;
  port_zero.ports = {443, 0};
  CHECK(code_of(ExitPolicy::make(port_zero, own())) == "exit_rule_port");
  ExitRules allow_zero;
  allow_zero.allow = {ExitAllow{base::Cidr::parse("10.0.0.0/8").value(), std::uint16_t{0}}};
  CHECK(code_of(ExitPolicy::make(allow_zero, own())) == "exit_rule_port");
  ExitRules domain;
  domain.deny_domains = {"10.0.0.1"};
  CHECK(code_of(ExitPolicy::make(domain, own())) == "exit_rule_domain");
}

TEST_CASE("exit policy: a refusal tells the operator's flag") {
  const auto plain = policy({.deny = {"9.9.9.0/24"}});
  const auto message = [&](std::string_view address, std::uint16_t port) { return plain.check_address(ip(address), port).error().message; };
  CHECK(message("10.0.0.1", 80).find("--exit-allow") != std::string::npos);
  CHECK(message("8.8.8.8", 25).find("--exit-port") != std::string::npos);
  CHECK(message("9.9.9.9", 80).find("--exit-deny") != std::string::npos);
  CHECK(message("64:ff9b::a00:1", 80) ==
        "64:ff9b::a00:1 carries 10.0.0.1 is in 10.0.0.0/8 (a private network), not on the public internet; the "
        "operator may open it with --exit-allow");
}

TEST_CASE("exit policy: the hash is that of the published text and tells nothing of own addresses") {
  const auto a = policy({.allow = {"10.0.0.0/8"}});
  CHECK(a.canonical_text().find("93.184.215.14") == std::string::npos);
  CHECK(a.canonical_text().find("40123") == std::string::npos);
  ExitRules same;
  same.allow = {parse_exit_allow("10.0.0.0/8").value()};
  const auto elsewhere = ExitPolicy::make(same, OwnEndpoints{}).value();
  CHECK(a.hash() == elsewhere.hash());
  CHECK(a.hash() != policy().hash());
  CHECK(a.hash() != policy({.allow = {"10.0.0.0/8:80"}}).hash());
  CHECK(a.hash() != policy({.deny = {"10.0.0.0/8"}}).hash());
}

}  // namespace

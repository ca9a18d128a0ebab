// Attacks on a relay that fetches URLs for strangers, each with the rule that must stop it, and beside them the requests that must go
// through. Text goes in as a client would send it: parsed, checked, resolved by a script, checked again.

#include <doctest/doctest.h>

#include "relay/exit/checked_target.hpp"
#include "tests/unit/relay/exit/addresses.hpp"
#include "tests/unit/relay/exit/await.hpp"
#include "tests/unit/relay/exit/scripted_resolver.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::ip;

struct Case {
  const char* url;
  const char* outcome;
};

constexpr Case kRefused[] = {
    // IPv4 in all spellings.
    {"http://127.0.0.1/", "exit_loopback"},
    {"http://127.1/", "exit_loopback"},
    {"http://127.0.1/", "exit_loopback"},
    {"http://2130706433/", "exit_loopback"},
    {"http://0x7f.1/", "exit_loopback"},
    {"http://0x7f000001/", "exit_loopback"},
    {"http://0X7F.0X0.0X0.0X1/", "exit_loopback"},
    {"http://0177.0.0.1/", "exit_loopback"},
    {"http://017700000001/", "exit_loopback"},
    {"http://0177.0x0.0.01/", "exit_loopback"},
    {"http://127.0.0.1./", "exit_loopback"},
    {"http://127.255.255.254/", "exit_loopback"},
    {"http://0/", "exit_this_network"},
    {"http://0.0.0.0/", "exit_this_network"},
    {"http://0x/", "exit_this_network"},
    {"http://256.0.0.1/", "host_number"},
    {"http://4294967296/", "host_number"},
    {"http://1.2.3.4.5/", "host_number"},
    {"http://127.0.0.09/", "host_number"},
    {"http://10.0.0.1/", "exit_private"},
    {"http://167772161/", "exit_private"},
    {"http://172.16.0.1/", "exit_private"},
    {"http://172.31.255.255/", "exit_private"},
    {"http://192.168.1.1/", "exit_private"},
    {"http://192.168.257/", "exit_private"},
    {"http://100.64.0.1/", "exit_shared_network"},
    {"http://169.254.1.1/", "exit_link_local"},
    {"http://192.0.0.1/", "exit_protocol_assignment"},
    {"http://198.18.0.1/", "exit_benchmarking"},
    {"http://203.0.113.1/", "exit_documentation"},
    {"http://192.88.99.1/", "exit_6to4"},
    {"http://224.0.0.251/", "exit_multicast"},
    {"http://255.255.255.255/", "exit_reserved"},
    // IPv6 and what it may carry.
    {"http://[::]/", "exit_unspecified"},
    {"http://[::1]/", "exit_loopback"},
    {"http://[0:0:0:0:0:0:0:1]/", "exit_loopback"},
    {"http://[::ffff:7f00:1]/", "exit_loopback"},
    {"http://[::ffff:127.0.0.1]/", "exit_loopback"},
    {"http://[::FFFF:10.0.0.1]/", "exit_private"},
    {"http://[::127.0.0.1]/", "exit_loopback"},
    {"http://[::ffff:0:127.0.0.1]/", "exit_ipv4_translated"},
    {"http://[64:ff9b::7f00:1]/", "exit_loopback"},
    {"http://[64:ff9b::10.0.0.1]/", "exit_private"},
    {"http://[64:ff9b:1::1]/", "exit_local_nat64"},
    {"http://[2002:7f00:1::]/", "exit_loopback"},
    {"http://[2002:a00:1::1]/", "exit_private"},
    {"http://[2002:808:808::1]/", "exit_6to4"},
    {"http://[2001:0:53aa:64c:0:fbff:8000:1]/", "exit_protocol_assignment"},
    {"http://[fc00::1]/", "exit_unique_local"},
    {"http://[fd12:3456::1]/", "exit_unique_local"},
    {"http://[fe80::1]/", "exit_link_local"},
    {"http://[fe80::1%25eth0]/", "host_zone_id"},
    {"http://[fe80::1%eth0]/", "host_zone_id"},
    {"http://[fec0::1]/", "exit_site_local"},
    {"http://[ff02::1]/", "exit_multicast"},
    {"http://[2001:db8::1]/", "exit_documentation"},
    {"http://[100::1]/", "exit_discard"},
    {"http://[1234::1]/", "exit_reserved"},
    {"http://[127.0.0.1]/", "host_ipv6"},
    {"http://[::1/", "host_ipv6"},
    // Clouds' metadata.
    {"http://169.254.169.254/latest/meta-data/", "exit_metadata"},
    {"http://2852039166/", "exit_metadata"},
    {"http://0xa9fea9fe/", "exit_metadata"},
    {"http://[::ffff:a9fe:a9fe]/", "exit_metadata"},
    {"http://[64:ff9b::a9fe:a9fe]/", "exit_metadata"},
    {"http://[2002:a9fe:a9fe::]/", "exit_metadata"},
    {"http://[fd00:ec2::254]/", "exit_metadata"},
    {"http://100.100.100.200/", "exit_metadata"},
    {"http://168.63.129.16/", "exit_metadata"},
    {"http://metadata.google.internal/", "exit_metadata_name"},
    {"http://Metadata.Google.Internal./", "exit_metadata_name"},
    {"http://metadata/", "exit_metadata_name"},
    {"http://instance-data/", "exit_metadata_name"},
    // Local names.
    {"http://localhost/", "exit_local_name"},
    {"http://localhost./", "exit_local_name"},
    {"http://LOCALHOST:443/", "exit_local_name"},
    {"http://a.localhost/", "exit_local_name"},
    {"http://localhost.localdomain/", "exit_local_name"},
    {"http://printer.local/", "exit_local_name"},
    {"http://db.corp.internal/", "exit_local_name"},
    {"http://kubernetes.default.svc/", "exit_local_name"},
    {"http://router.home.arpa/", "exit_local_name"},
    {"http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/", "exit_local_name"},
    // Schemes, user names, characters.
    {"file:///etc/passwd", "url_scheme"},
    {"gopher://127.0.0.1:6379/_INFO", "url_scheme"},
    {"ftp://public.example/", "url_scheme"},
    {"dict://public.example/", "url_scheme"},
    {"javascript:alert(1)", "url_scheme"},
    {"//public.example/", "url_scheme"},
    {"http:/public.example/", "url_scheme"},
    {"http://user@public@10.0.0.1/", "url_userinfo"},
    {"http://public.example@127.0.0.1/", "url_userinfo"},
    {"http://public.example:80@127.0.0.1/", "url_userinfo"},
    {"http://public.example\\@127.0.0.1/", "url_character"},
    {"http://public.example\t/", "url_character"},
    {"http://127.0.0.1%00.public.example/", "host_character"},
    {"http://%31%32%37.0.0.1/", "host_character"},
    {"http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/", "url_character"},
    {"http:///", "host_empty"},
    {"http://./", "host_empty"},
    {"http://a..public.example/", "host_label"},
    // Ports.
    {"http://public.example:25/", "exit_port"},
    {"http://public.example:22/", "exit_port"},
    {"http://public.example:8080/", "exit_port"},
    {"https://8.8.8.8:53/", "exit_port"},
    {"http://[2606:4700::1111]:445/", "exit_port"},
    {"http://public.example:0/", "url_port"},
    {"http://public.example:65616/", "url_port"},
    {"http://public.example:-80/", "url_port"},
    // The operator's lists.
    {"http://9.9.9.9/", "exit_denied_range"},
    {"http://[64:ff9b::909:909]/", "exit_denied_range"},
    {"http://in-denied-range.example/", "exit_denied_range"},
    {"http://blocked.example/", "exit_denied_domain"},
    {"http://CDN.Blocked.Example./", "exit_denied_domain"},
    // The relay itself.
    {"http://93.184.215.14/", "exit_own_address"},
    {"https://[2a00:1450::5]/", "exit_own_address"},
    {"http://relay.example/", "exit_own_address"},
    {"http://93.184.215.14:40123/", "exit_own_port"},
    {"http://127.0.0.1:40124/", "exit_own_port"},
    {"http://[::1]:40124/", "exit_own_port"},
    // Names that lead where a literal may not.
    {"http://loopback.example/", "exit_loopback"},
    {"http://private.example/", "exit_private"},
    {"http://mapped-metadata.example/", "exit_metadata"},
    {"http://link-local.example/", "exit_link_local"},
    {"http://mixed.example/", "exit_mixed_addresses"},
    {"http://mixed-v6.example/", "exit_mixed_addresses"},
    {"http://mixed-own.example/", "exit_mixed_addresses"},
    {"http://missing.example/", "exit_name_not_found"},
};

constexpr Case kAllowed[] = {
    {"http://public.example/", "93.184.216.34"},
    {"https://public.example/", "93.184.216.34"},
    {"http://PUBLIC.example./a?b#c", "93.184.216.34"},
    {"http://public.example:443/", "93.184.216.34"},
    {"https://public.example:80/", "93.184.216.34"},
    {"https://v6-only.example/", "2606:4700::1111"},
    {"https://both.example/", "93.184.216.34"},
    {"http://evil-localhost/", "93.184.216.34"},
    {"http://notlocalhost.example/", "93.184.216.34"},
    {"http://localhost.public.example/", "93.184.216.34"},
    {"http://metadata.google.internal.public.example/", "93.184.216.34"},
    {"http://127.0.0.1.public.example/", "93.184.216.34"},
    {"http://unblocked.example/", "93.184.216.34"},
    {"http://blocked.example.org/", "93.184.216.34"},
    {"https://xn--bcher-kva.example/", "93.184.216.34"},
    {"http://8.8.8.8/", "8.8.8.8"},
    {"http://134744072/", "8.8.8.8"},
    {"http://0x08080808/", "8.8.8.8"},
    {"http://8.8.8.8./", "8.8.8.8"},
    {"http://[2606:4700::1111]/", "2606:4700::1111"},
    {"https://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808"},
    {"https://[::ffff:8.8.8.8]/", "::ffff:8.8.8.8"},
    {"http://11.0.0.0/", "11.0.0.0"},
    {"http://126.255.255.255/", "126.255.255.255"},
    {"http://93.184.215.15/", "93.184.215.15"},
    {"http://public.example/?u=http://127.0.0.1/", "93.184.216.34"},
};

ExitPolicy corpus_policy() {
  ExitRules rules;
  rules.deny = {parse_exit_deny("9.9.9.0/24").value()};
  rules.deny_domains = {"blocked.example"};
  return ExitPolicy::make(rules, OwnEndpoints{{ip("93.184.215.14"), ip("2a00:1450::5"), ip("10.1.2.3")}, {40123, 40124}}).value();
}

struct CorpusWorld {
  CorpusWorld() {
    for (const Case& allowed : kAllowed) {
      const auto url = base::Url::parse(allowed.url).value();
      if (!url.host.is_address()) names.answer(url.host.to_string(), {allowed.outcome});
    }
    names.answer("in-denied-range.example", {"9.9.9.9"});
    names.answer("relay.example", {"93.184.215.14"});
    names.answer("loopback.example", {"127.0.0.1", "::1"});
    names.answer("private.example", {"10.0.0.1"});
    names.answer("mapped-metadata.example", {"::ffff:169.254.169.254"});
    names.answer("link-local.example", {"fe80::1"});
    names.answer("mixed.example", {"93.184.216.34", "10.0.0.1"});
    names.answer("mixed-v6.example", {"::1", "93.184.216.34"});
    names.answer("mixed-own.example", {"93.184.216.34", "93.184.215.14"});
  }

  base::Result<CheckedTarget> fetch(const char* text) {
    FERRY_TRY(auto url, base::Url::parse(text));
    return test::await(io, check_target(rules, names, std::move(url), std::chrono::seconds{5}));
  }

  boost::asio::io_context io;
  test::ScriptedResolver names;
  ExitPolicy rules = corpus_policy();
};

TEST_CASE("exit corpus: every attack is refused by the rule that is meant for it") {
  static_assert(std::size(kRefused) >= 60);
  CorpusWorld world;
  for (const Case& attack : kRefused) {
    CAPTURE(attack.url);
    const auto target = world.fetch(attack.url);
    REQUIRE_FALSE(target.has_value());
    CHECK(target.error().code == attack.outcome);
    const bool is_environment = target.error().code == "exit_name_not_found";
    CHECK((target.error().kind == base::ErrorKind::refusal) != is_environment);
    CHECK_FALSE(target.error().message.empty());
  }
}

TEST_CASE("exit corpus: a public request passes with the addresses that were checked") {
  static_assert(std::size(kAllowed) >= 20);
  CorpusWorld world;
  for (const Case& request : kAllowed) {
    CAPTURE(request.url);
    const auto target = world.fetch(request.url);
    REQUIRE(target.has_value());
    CHECK(target->addresses == test::ips({request.outcome}));
    CHECK((target->url == base::Url::parse(request.url)));
  }
}

TEST_CASE("exit corpus: a tunnel is judged like a URL") {
  CorpusWorld world;
  const auto tunnel = [&](const char* host, std::uint16_t port) {
    return test::await(world.io, check_target(world.rules, world.names, base::Host::parse(host).value(), port, std::chrono::seconds{5}));
  };
  const std::tuple<const char*, std::uint16_t, const char*> refused[] = {
      {"10.0.0.1", 443, "exit_private"},        {"localhost", 443, "exit_local_name"},        {"public.example", 25, "exit_port"},
      {"public.example", 0, "exit_port"},       {"mixed.example", 443, "exit_mixed_addresses"}, {"[::1]", 40123, "exit_own_port"},
      {"0x7f.1", 443, "exit_loopback"},         {"blocked.example", 443, "exit_denied_domain"},
  };
  for (const auto& [host, port, code] : refused) {
    CAPTURE(host);
    const auto target = tunnel(host, port);
    REQUIRE_FALSE(target.has_value());
    CHECK(target.error().code == code);
  }
  const auto target = tunnel("public.example", 443);
  REQUIRE(target.has_value());
  CHECK(target->port == 443);
  CHECK(target->host.to_string() == "public.example");
  CHECK(target->addresses == test::ips({"93.184.216.34"}));
}

}  // namespace

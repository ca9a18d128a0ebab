#include "relay/exit/resolver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "relay/exit/ares_source.hpp"
#include "tests/unit/relay/exit/addresses.hpp"
#include "tests/unit/relay/exit/await.hpp"
#include "tests/unit/relay/exit/code_of.hpp"
#include "tests/unit/relay/exit/dns_server.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::code_of;
using test::ip;
using namespace std::chrono_literals;

struct ResolverWorld {
  ResolverWorld() { settings.servers = {server.endpoint()}; }

  base::Result<Addresses> resolve(const char* name) {
    if (!resolver) resolver = make_resolver(io, settings).value();
    auto result = test::await(io, resolver->resolve(name, 1h));
    if (result) std::sort(result->begin(), result->end());
    return result;
  }

  base::Result<DnsAnswer> look_up(const char* name) {
    const auto source = AresSource::start(io, settings).value();
    std::optional<base::Result<DnsAnswer>> out;
    source->lookup(name, [&](base::Result<DnsAnswer> answer) { out = std::move(answer); });
    io.restart();
    while (!out) io.run_one();
    return *out;
  }

  boost::asio::io_context io;
  test::DnsServer server{io};
  ResolverSettings settings;
  std::unique_ptr<Resolver> resolver;
};

TEST_CASE("resolver: addresses of both families are found") {
  ResolverWorld world;
  world.server.set("both.example", {.addresses = {ip("93.184.216.34"), ip("2606:4700::1111"), ip("1.1.1.1")}});
  CHECK((world.resolve("both.example") == Addresses{ip("1.1.1.1"), ip("93.184.216.34"), ip("2606:4700::1111")}));
}

TEST_CASE("resolver: a name of one family only is found") {
  ResolverWorld world;
  world.server.set("four.example", {.addresses = {ip("93.184.216.34")}});
  world.server.set("six.example", {.addresses = {ip("2606:4700::1111")}});
  CHECK((world.resolve("four.example") == Addresses{ip("93.184.216.34")}));
  CHECK((world.resolve("six.example") == Addresses{ip("2606:4700::1111")}));
}

TEST_CASE("resolver: an alias is followed, and the shortest time to live counts") {
  ResolverWorld world;
  world.server.set("www.example", {.addresses = {ip("93.184.216.34")}, .ttl = 200, .alias = "cdn.example", .alias_ttl = 30});
  const auto answer = world.look_up("www.example");
  REQUIRE(answer.has_value());
  CHECK(answer->addresses == Addresses{ip("93.184.216.34")});
  CHECK(answer->ttl == 30s);
}

TEST_CASE("resolver: an answer is asked for once while it is remembered") {
  ResolverWorld world;
  world.server.set("a.example", {.addresses = {ip("93.184.216.34")}});
  for (int i = 0; i < 5; ++i) CHECK(world.resolve("a.example").has_value());
  CHECK(world.server.asked() == std::vector<std::string>{"a.example"});
}

TEST_CASE("resolver: a missing name and a name without addresses are not found") {
  ResolverWorld world;
  world.server.set("empty.example", {});
  CHECK(code_of(world.resolve("missing.example")) == "exit_name_not_found");
  CHECK(code_of(world.resolve("empty.example")) == "exit_name_not_found");
  CHECK(world.resolve("missing.example").error().kind == base::ErrorKind::environment);
}

TEST_CASE("resolver: search domains are never appended, also to a name without a dot") {
  setenv("LOCALDOMAIN", "search.example", 1);
  ResolverWorld world;
  world.server.set("intranet.search.example", {.addresses = {ip("93.184.216.34")}});
  const auto result = world.resolve("intranet");
  unsetenv("LOCALDOMAIN");
  CHECK(code_of(result) == "exit_name_not_found");
  CHECK(world.server.asked() == std::vector<std::string>{"intranet"});
}

TEST_CASE("resolver: a server that fails or refuses is told as such") {
  ResolverWorld world;
  world.settings.tries = 1;
  world.server.set("servfail.example", {.rcode = 2});
  world.server.set("refused.example", {.rcode = 5});
  CHECK(code_of(world.resolve("servfail.example")) == "exit_resolver_failed");
  CHECK(code_of(world.resolve("refused.example")) == "exit_resolver_failed");
}

TEST_CASE("resolver: a server that keeps silent ends in a timeout, and the next server is asked") {
  ResolverWorld world;
  world.settings.server_timeout = 1ms;
  world.settings.tries = 1;
  world.server.set("silent.example", {.silent = true});
  CHECK(code_of(world.resolve("silent.example")) == "exit_resolver_timeout");
  CHECK(world.server.asked().size() == 1);

  ResolverWorld two;
  test::DnsServer second{two.io};
  two.settings.servers.push_back(second.endpoint());
  two.settings.server_timeout = 1ms;
  two.server.set("a.example", {.silent = true});
  second.set("a.example", {.addresses = {ip("93.184.216.34")}});
  CHECK((two.resolve("a.example") == Addresses{ip("93.184.216.34")}));
}

TEST_CASE("resolver: an answer that is too long for UDP is fetched over TCP") {
  ResolverWorld world;
  test::DnsRecords long_answer{.truncated = true};
  for (int i = 0; i < 60; ++i) long_answer.addresses.push_back(base::IpAddress::v4({8, 8, 8, static_cast<std::uint8_t>(i)}));
  world.server.set("long.example", long_answer);
  const auto result = world.resolve("long.example");
  REQUIRE(result.has_value());
  CHECK(result->size() == 32);
}

TEST_CASE("resolver: bytes that are no DNS message are passed over") {
  ResolverWorld world;
  world.server.set("noisy.example", {.addresses = {ip("93.184.216.34")}, .garbage = true});
  CHECK((world.resolve("noisy.example") == Addresses{ip("93.184.216.34")}));
}

TEST_CASE("resolver: destroying it with questions open tells those who wait") {
  ResolverWorld world;
  world.server.set("silent.example", {.silent = true});
  world.resolver = make_resolver(world.io, world.settings).value();
  const auto waiting = test::start(world.io, world.resolver->resolve("silent.example", 1h));
  world.io.poll();
  CHECK_FALSE(waiting->outcome.has_value());
  world.resolver.reset();
  world.io.restart();
  world.io.poll();
  REQUIRE(waiting->outcome.has_value());
  CHECK(waiting->outcome->error().code == "exit_resolver_stopped");
}

TEST_CASE("resolver: many names at once are all answered") {
  ResolverWorld world;
  world.settings.max_running = 8;
  world.resolver = make_resolver(world.io, world.settings).value();
  std::vector<std::shared_ptr<test::Started<base::Result<Addresses>>>> started;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    world.server.set(name, {.addresses = {base::IpAddress::v4({8, 8, 8, static_cast<std::uint8_t>(i)})}});
    started.push_back(test::start(world.io, world.resolver->resolve(name, 1h)));
  }
  while (std::any_of(started.begin(), started.end(), [](const auto& one) { return !one->outcome; })) world.io.run_one();
  for (std::size_t i = 0; i < started.size(); ++i) {
    CHECK(*started[i]->outcome == Addresses{base::IpAddress::v4({8, 8, 8, static_cast<std::uint8_t>(i)})});
  }
}

TEST_CASE("resolver: servers are written with or without a port, IPv6 in brackets") {
  boost::asio::io_context io;
  ResolverSettings settings;
  settings.servers = {"127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353"};
  CHECK(make_resolver(io, settings).has_value());
}

TEST_CASE("resolver: servers that cannot be read are refused at the start") {
  boost::asio::io_context io;
  for (const char* text : {"not a server", "127.0.0.1:port", "dns.example"}) {
    CAPTURE(text);
    ResolverSettings settings;
    settings.servers = {text};
    const auto resolver = make_resolver(io, settings);
    REQUIRE_FALSE(resolver.has_value());
    CHECK(resolver.error().code == "exit_resolver_start");
  }
}

/// The first name in /etc/hosts that has one IPv4 address there and is not a name of this machine by itself.
std::optional<std::pair<std::string, base::IpAddress>> some_host() {
  std::ifstream file{"/etc/hosts"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string address;
    std::string name;
    words >> address >> name;
    const auto parsed = base::IpAddress::parse(address);
    if (parsed && !parsed->is_v6 && !name.empty() && name.find("localhost") == std::string::npos) return std::pair{name, *parsed};
  }
  return std::nullopt;
}

TEST_CASE("resolver: a name in /etc/hosts needs no server") {
  const auto host = some_host();
  if (!host) {
    MESSAGE("nothing to test: /etc/hosts names nothing but localhost");
    return;
  }
  ResolverWorld world;
  const auto result = world.resolve(host->first.c_str());
  REQUIRE(result.has_value());
  CHECK(std::find(result->begin(), result->end(), host->second) != result->end());
  CHECK(world.server.asked().empty());
}

}  // namespace

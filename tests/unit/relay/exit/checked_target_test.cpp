#include "relay/exit/checked_target.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/exit/await.hpp"
#include "tests/unit/relay/exit/code_of.hpp"
#include "tests/unit/relay/exit/scripted_resolver.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::code_of;

struct TargetWorld {
  explicit TargetWorld(const std::vector<const char*>& allow = {}) {
    for (const char* text : allow) rules.allow.push_back(parse_exit_allow(text).value());
  }

  base::Result<CheckedTarget> fetch(const char* text) {
    const auto policy = ExitPolicy::make(rules, {}).value();
    return test::await(io, check_target(policy, names, base::Url::parse(text).value(), std::chrono::seconds{5}));
  }

  boost::asio::io_context io;
  test::ScriptedResolver names;
  ExitRules rules;
};

TEST_CASE("checked target: a name is resolved once and all its addresses are pinned in the order of the answer") {
  TargetWorld world;
  world.names.answer("many.example", {"2606:4700::1111", "93.184.216.34", "1.1.1.1"});
  const auto target = world.fetch("http://many.example/");
  REQUIRE(target.has_value());
  CHECK(target->addresses == test::ips({"2606:4700::1111", "93.184.216.34", "1.1.1.1"}));
  CHECK(world.names.asked == std::vector<std::string>{"many.example"});
}

TEST_CASE("checked target: an answer that flips to a private address cannot change what was pinned, and is refused the next time") {
  TargetWorld world;
  world.names.answer("rebind.example", {"93.184.216.34"});
  world.names.answer("rebind.example", {"127.0.0.1"});
  const auto first = world.fetch("http://rebind.example/");
  REQUIRE(first.has_value());
  CHECK(first->addresses == test::ips({"93.184.216.34"}));
  CHECK(world.names.asked.size() == 1);
  const auto second = world.fetch("http://rebind.example/");
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == "exit_loopback");
}

TEST_CASE("checked target: nothing is asked of the resolver for literals and refused names") {
  TargetWorld world;
  CHECK(world.fetch("http://8.8.8.8/").has_value());
  CHECK_FALSE(world.fetch("http://localhost/").has_value());
  CHECK_FALSE(world.fetch("http://public.example:25/").has_value());
  CHECK(world.names.asked.empty());
}

TEST_CASE("checked target: mixed answers are refused wherever the bad address stands, and the message says which it is") {
  for (const std::vector<std::string>& answer :
       {std::vector<std::string>{"10.0.0.1", "8.8.8.8"}, {"8.8.8.8", "10.0.0.1"}, {"8.8.8.8", "1.1.1.1", "10.0.0.1", "9.9.9.9"}}) {
    TargetWorld world;
    world.names.answer("mixed.example", answer);
    const auto target = world.fetch("http://mixed.example/");
    REQUIRE_FALSE(target.has_value());
    CHECK(target.error().code == "exit_mixed_addresses");
    CHECK(target.error().kind == base::ErrorKind::refusal);
    CHECK(target.error().message.find("10.0.0.1") != std::string::npos);
    CHECK(target.error().message.find("exit_private") != std::string::npos);
  }
}

TEST_CASE("checked target: when every address is refused the first one's rule is told") {
  TargetWorld world;
  world.names.answer("inside.example", {"192.168.0.1", "127.0.0.1"});
  CHECK(code_of(world.fetch("http://inside.example/")) == "exit_private");
}

TEST_CASE("checked target: a name at an unusual port passes only where an allow covers each of its addresses") {
  TargetWorld world{{"10.0.0.0/8"}};
  world.names.answer("inside.example", {"10.0.0.1", "10.0.0.2"});
  world.names.answer("outside.example", {"8.8.8.8"});
  world.names.answer("mixed.example", {"10.0.0.1", "8.8.8.8"});
  CHECK(world.fetch("http://inside.example:8080/").has_value());
  CHECK(code_of(world.fetch("http://outside.example:8080/")) == "exit_port");
  CHECK(code_of(world.fetch("http://mixed.example:8080/")) == "exit_mixed_addresses");
  CHECK(world.fetch("http://mixed.example/").has_value());
}

TEST_CASE("checked target: an empty answer opens nothing") {
  TargetWorld world;
  world.names.answer("empty.example", {});
  CHECK(code_of(world.fetch("http://empty.example/")) == "exit_name_not_found");
}

TEST_CASE("checked target: the resolver's error is passed on") {
  TargetWorld world;
  const auto target = world.fetch("http://missing.example/");
  REQUIRE_FALSE(target.has_value());
  CHECK(target.error().code == "exit_name_not_found");
  CHECK(target.error().kind == base::ErrorKind::environment);
}

}  // namespace

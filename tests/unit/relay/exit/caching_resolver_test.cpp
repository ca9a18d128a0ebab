#include "relay/exit/caching_resolver.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/exit/await.hpp"
#include "tests/unit/relay/exit/code_of.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::code_of;
using namespace std::chrono_literals;

Addresses ending_in(std::uint8_t last) { return {base::IpAddress::v4({8, 8, 8, last})}; }

base::Error error(const char* code) { return base::environment(code, "scripted"); }

/// Holds every question until the test answers it.
class ScriptedSource final : public DnsSource {
 public:
  explicit ScriptedSource(std::vector<std::pair<std::string, Done>>& open) : open_(open) {}
  ~ScriptedSource() override {
    for (auto& [name, done] : open_) done(base::fail(error("exit_resolver_stopped")));
    open_.clear();
  }
  void lookup(const std::string& name, Done done) override { open_.emplace_back(name, std::move(done)); }

 private:
  std::vector<std::pair<std::string, Done>>& open_;
};

/// Answers each question before lookup() returns, as a name in /etc/hosts does; "slow.example" when the test says so.
class InstantSource final : public DnsSource {
 public:
  struct Seen {
    int asked = 0;
    int depth = 0;
    int deepest = 0;  ///< lookups inside of lookups
    Done slow = nullptr;
  };

  explicit InstantSource(Seen& seen) : seen_(seen) {}
  void lookup(const std::string& name, Done done) override {
    ++seen_.asked;
    if (name == "slow.example") {
      seen_.slow = std::move(done);
      return;
    }
    seen_.deepest = std::max(seen_.deepest, ++seen_.depth);
    done(DnsAnswer{ending_in(1), 0s});
    --seen_.depth;
  }

 private:
  Seen& seen_;
};

struct CachingWorld {
  explicit CachingWorld(ResolverSettings settings = {})
      : resolver(std::make_unique<CachingResolver>(settings, std::make_unique<ScriptedSource>(open), [this] { return now; })) {}

  using Ask = std::shared_ptr<test::Started<base::Result<Addresses>>>;

  Ask ask(const char* name, std::chrono::milliseconds timeout = 1h) {
    auto asked = test::start(io, resolver->resolve(name, timeout));
    settle();
    return asked;
  }
  /// Answers the question that was asked first.
  void answer(base::Result<DnsAnswer> what) {
    REQUIRE_FALSE(open.empty());
    auto done = std::move(open.front().second);
    open.erase(open.begin());
    done(std::move(what));
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  std::chrono::steady_clock::time_point now{};
  std::vector<std::pair<std::string, DnsSource::Done>> open;
  std::unique_ptr<CachingResolver> resolver;
};

TEST_CASE("caching resolver: all who ask for one name share one lookup and its answer") {
  CachingWorld world;
  const auto first = world.ask("a.example");
  const auto second = world.ask("a.example");
  CHECK(world.open.size() == 1);
  CHECK_FALSE(first->outcome.has_value());
  world.answer(DnsAnswer{ending_in(1), 60s});
  CHECK((first->outcome == ending_in(1)));
  CHECK((second->outcome == ending_in(1)));
  CHECK((world.ask("a.example")->outcome == ending_in(1)));
  CHECK(world.open.empty());
}

void check_kept(base::Result<DnsAnswer> answer, std::chrono::seconds keep) {
  CachingWorld world;
  world.ask("a.example");
  world.answer(std::move(answer));
  world.now += keep - 1ms;
  world.ask("a.example");
  CHECK(world.open.empty());
  world.now += 1ms;
  world.ask("a.example");
  CHECK(world.open.size() == 1);
}

TEST_CASE("caching resolver: an answer is kept for its time to live, between floor and ceiling") {
  check_kept(DnsAnswer{ending_in(1), 60s}, 60s);
  check_kept(DnsAnswer{ending_in(1), 0s}, 5s);
  check_kept(DnsAnswer{ending_in(1), 4s}, 5s);
  check_kept(DnsAnswer{ending_in(1), 86400s}, 300s);
}

TEST_CASE("caching resolver: missing names and failures are kept for their own times") {
  check_kept(base::fail(error("exit_name_not_found")), 15s);
  check_kept(base::fail(error("exit_resolver_failed")), 5s);
  check_kept(base::fail(error("exit_resolver_timeout")), 5s);
}

TEST_CASE("caching resolver: no more than the fixed number of lookups run, the rest wait, and what is too much is refused") {
  ResolverSettings settings;
  settings.max_running = 2;
  settings.max_waiting = 1;
  CachingWorld world{settings};
  const auto a = world.ask("a.example");
  const auto b = world.ask("b.example");
  const auto c = world.ask("c.example");
  CHECK(world.open.size() == 2);
  const auto d = world.ask("d.example");
  REQUIRE(d->outcome.has_value());
  CHECK(d->outcome->error().code == "exit_resolver_busy");
  CHECK_FALSE(world.ask("c.example")->outcome.has_value());

  world.answer(DnsAnswer{ending_in(1), 60s});
  CHECK((a->outcome == ending_in(1)));
  REQUIRE(world.open.size() == 2);
  CHECK(world.open.back().first == "c.example");
  world.answer(DnsAnswer{ending_in(2), 60s});
  world.answer(DnsAnswer{ending_in(3), 60s});
  CHECK((b->outcome == ending_in(2)));
  CHECK((c->outcome == ending_in(3)));
}

TEST_CASE("caching resolver: who waits too long is told so, and the late answer is still remembered") {
  CachingWorld world;
  const auto result = test::await(world.io, world.resolver->resolve("slow.example", 1ms));
  REQUIRE_FALSE(result.has_value());
  CHECK(code_of(result) == "exit_resolver_timeout");
  world.answer(DnsAnswer{ending_in(1), 60s});
  CHECK((world.ask("slow.example")->outcome == ending_in(1)));
}

TEST_CASE("caching resolver: a question whose askers have all given up in the queue is never asked") {
  ResolverSettings settings;
  settings.max_running = 1;
  CachingWorld world{settings};
  world.ask("a.example");
  const auto gone = test::await(world.io, world.resolver->resolve("b.example", 1ms));
  CHECK(code_of(gone) == "exit_resolver_timeout");
  const auto c = world.ask("c.example");
  world.answer(DnsAnswer{ending_in(1), 60s});
  REQUIRE(world.open.size() == 1);
  CHECK(world.open.front().first == "c.example");
  world.answer(DnsAnswer{ending_in(3), 60s});
  CHECK((c->outcome == ending_in(3)));
  world.ask("b.example");
  CHECK(world.open.size() == 1);
}

TEST_CASE("caching resolver: more addresses than anyone would try are cut off") {
  CachingWorld world;
  DnsAnswer many{{}, 60s};
  for (int i = 0; i < 200; ++i) many.addresses.push_back(base::IpAddress::v4({8, 8, 8, static_cast<std::uint8_t>(i)}));
  const auto asked = world.ask("many.example");
  world.answer(many);
  REQUIRE(asked->outcome.has_value());
  CHECK(asked->outcome->value().size() == 32);
}

TEST_CASE("caching resolver: an answer that comes at once is given and remembered") {
  boost::asio::io_context io;
  InstantSource::Seen seen;
  CachingResolver resolver{{}, std::make_unique<InstantSource>(seen)};
  for (int i = 0; i < 3; ++i) CHECK((test::await(io, resolver.resolve("hosts.example", 1s)) == ending_in(1)));
  CHECK(seen.asked == 1);
  CHECK((test::await(io, resolver.resolve("other.example", 1s)) == ending_in(1)));
  CHECK(seen.asked == 2);
}

TEST_CASE("caching resolver: a queue of names that are answered at once does not nest") {
  boost::asio::io_context io;
  InstantSource::Seen seen;
  ResolverSettings settings;
  settings.max_running = 1;
  CachingResolver resolver{settings, std::make_unique<InstantSource>(seen)};
  std::vector<CachingWorld::Ask> asked{test::start(io, resolver.resolve("slow.example", 1h))};
  for (int i = 0; i < 100; ++i) asked.push_back(test::start(io, resolver.resolve("n" + std::to_string(i) + ".example", 1h)));
  io.poll();
  REQUIRE(seen.asked == 1);
  seen.slow(DnsAnswer{ending_in(2), 0s});
  CHECK(seen.asked == 101);
  CHECK(seen.deepest == 1);
  io.restart();
  io.poll();
  for (const auto& one : asked) CHECK(one->outcome.has_value());
}

TEST_CASE("caching resolver: who still waits when it is destroyed is told so, running or queued") {
  ResolverSettings settings;
  settings.max_running = 1;
  CachingWorld world{settings};
  const auto running = world.ask("a.example");
  const auto queued = world.ask("b.example");
  world.resolver.reset();
  world.settle();
  REQUIRE(running->outcome.has_value());
  REQUIRE(queued->outcome.has_value());
  CHECK(running->outcome->error().code == "exit_resolver_stopped");
  CHECK(queued->outcome->error().code == "exit_resolver_stopped");
}

TEST_CASE("caching resolver: coroutines that are never resumed end with their io_context") {
  auto world = std::make_unique<CachingWorld>();
  const auto asked = world->ask("a.example");
  world.reset();
  CHECK_FALSE(asked->outcome.has_value());
}

}  // namespace

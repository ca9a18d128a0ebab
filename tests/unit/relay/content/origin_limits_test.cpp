#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace ferry::relay;
using namespace ferry::relay::content::test;

namespace {

/// An environment variable for as long as a test runs.
class Environment {
  public:
    Environment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
    ~Environment() { unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    const char* name_;
};

}  // namespace

TEST_CASE("origin: a header of a megabyte is refused, in one line or in many") {
    Shared shared;
    Rig rig(shared);
    std::string fields;
    SUBCASE("one line") {
        fields = "X-Long: " + std::string(1'000'000, 'x') + "\r\n";
    }
    SUBCASE("a line just over the limit") {
        fields = "X-Long: " + std::string(65'536, 'x') + "\r\n";
    }
    SUBCASE("many lines") {
        for (int i = 0; i < 100; ++i)
            fields += "X-Long-" + std::to_string(i) + ": " + std::string(10'000, 'x') + "\r\n";
    }
    SUBCASE("too many small ones") {
        for (int i = 0; i < 200; ++i)
            fields += "X-" + std::to_string(i) + ": 1\r\n";
    }
    SUBCASE("a header that never ends") {
        ScriptedOrigin endless(rig.io, [&](const Asked&) {
            return Script("HTTP/1.1 200 OK\r\n").then_forever("X-More: " + std::string(1000, 'x') + "\r\n");
        });
        CHECK(rig.get(endless.url("/")).error == "origin_headers");
        return;
    }
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply("200 OK", fields, "body")); });
    CHECK(rig.get(origin.url("/")).error == "origin_headers");
    CHECK(shared.cache.use().objects == 0);
}

TEST_CASE("origin: what is no HTTP is refused") {
    Shared shared;
    Rig rig(shared);
    for (const std::string answer :
         {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 xyz\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
          "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", "\r\n\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n"}) {
        CAPTURE(answer);
        ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(answer).then_close(); });
        const auto error = rig.get(origin.url("/")).error;
        const bool refused =
            error == "origin_protocol" || error == "origin_headers" || error == "origin_unreachable";
        CHECK_MESSAGE(refused, error);
    }
}

TEST_CASE("origin: interim answers are passed over") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply("200 OK", "", "body"));
    });
    const auto got = rig.get(origin.url("/"));
    CHECK(got.head.status == 200);
    CHECK(got.body == "body");
    CHECK_FALSE(ferry::content::find_header(got.head.headers, "link"));
}

TEST_CASE("origin: one that never answers, or stops in the middle, is given up") {
    content::OriginSettings settings;
    settings.limits.connect_timeout = std::chrono::milliseconds(20);
    settings.limits.first_byte_timeout = std::chrono::milliseconds(20);
    settings.limits.stall_timeout = std::chrono::milliseconds(20);
    Shared shared;
    Rig rig(shared, settings);
    const auto never = std::make_shared<Gate>(rig.io);
    std::string begun;
    SUBCASE("nothing at all") {
        begun = "";
    }
    SUBCASE("half a header") {
        begun = "HTTP/1.1 200 OK\r\nX-";
    }
    SUBCASE("half a body") {
        begun = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
    }
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(begun).then_wait(never); });
    const auto got = rig.get(origin.url("/"));
    CHECK(got.error == "origin_timeout");
    CHECK(shared.hosts.taken("127.0.0.1:" + std::to_string(origin.port())) == 0);
    never->open();
}

TEST_CASE("origin: a reader that pauses is not taken for an origin that stalls") {
    content::OriginSettings settings;
    settings.limits.stall_timeout = std::chrono::milliseconds(40);
    Shared shared;
    Rig rig(shared, settings);
    const auto bytes = body_of(kChunkBytes);
    ScriptedOrigin origin(
        rig.io, [&](const Asked&) { return Script("HTTP/1.1 200 OK\r\n\r\n").then_forever(bytes); });
    const auto open = rig.open(Rig::request(origin.url("/")));
    CHECK(rig.chunk(*open, 0)->chunk);
    const auto& taken = shared.counters.origin_chunks;
    rig.run_until([&] { return taken > 16 || shared.counters.origin_failures > 0; });
    asio::steady_timer later(rig.io, 3 * settings.limits.stall_timeout);
    bool passed = false;
    later.async_wait([&](boost::system::error_code) { passed = true; });
    rig.run_until([&] { return passed; });
    for (std::uint64_t index = 1; index < 30; ++index)
        CHECK(rig.chunk(*open, index).has_value());
}

TEST_CASE("origin: where nobody listens, and a name that nobody knows") {
    Shared shared;
    Rig rig(shared);
    std::string url;
    {
        ScriptedOrigin gone(rig.io, [](const Asked&) { return Script(); });
        url = gone.url("/");
    }
    rig.run_ready();
    CHECK(rig.get(url).error == "origin_unreachable");
    CHECK(rig.get("http://nobody.example/").error == "exit_name_not_found");
    CHECK(shared.counters.open_failed == 2);
}

TEST_CASE("origin: a name is asked for once and only its checked address is contacted") {
    Shared shared;
    Rig rig(shared);
    rig.resolver.answer("site.example", {"127.0.0.1"});
    rig.resolver.answer("mixed.example", {"127.0.0.1", "10.0.0.1"});
    rig.resolver.answer("inside.example", {"192.168.1.1"});
    ScriptedOrigin origin(
        rig.io, [&](const Asked& asked) { return Script(reply("200 OK", "", asked.field("host"))); });
    const auto port = std::to_string(origin.port());
    CHECK(rig.get("http://site.example:" + port + "/").body == "site.example:" + port);
    CHECK(rig.resolver.asked.size() == 1);
    CHECK(rig.get("http://mixed.example:" + port + "/").error == "exit_mixed_addresses");
    CHECK(rig.get("http://inside.example:" + port + "/").error == "exit_private");
    CHECK(origin.asked.size() == 1);
}

TEST_CASE(
    "origin: a name that flips to a private address between two requests is refused, kept connections or "
    "not") {
    Shared shared;
    Rig rig(shared);
    rig.resolver.answer("flip.example", {"127.0.0.1"});
    rig.resolver.answer("flip.example", {"10.0.0.1"});
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "page")); });
    const auto url = "http://flip.example:" + std::to_string(origin.port()) + "/";
    CHECK(rig.get(url).body == "page");
    CHECK(rig.get(url).error == "exit_private");
    CHECK(origin.asked.size() == 1);
}

TEST_CASE("origin: proxies of the environment are not used") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin proxy(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "proxied")); });
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "direct")); });
    const Environment http("http_proxy", proxy.url(""));
    const Environment all("ALL_PROXY", proxy.url(""));
    const Environment none("no_proxy", "nothing.example");
    CHECK(rig.get(origin.url("/")).body == "direct");
    CHECK(proxy.connections == 0);
}

TEST_CASE("origin: a connection is used again, but not for another host") {
    Shared shared;
    Rig rig(shared);
    rig.resolver.answer("one.example", {"127.0.0.1"});
    rig.resolver.answer("two.example", {"127.0.0.1"});
    ScriptedOrigin origin(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "page")); });
    const auto port = std::to_string(origin.port());
    for (int i = 0; i < 3; ++i)
        CHECK(rig.get("http://one.example:" + port + "/").body == "page");
    CHECK(origin.connections == 1);
    CHECK(rig.get("http://two.example:" + port + "/").body == "page");
    CHECK(origin.connections == 2);
}

#include "relay/content/origin_source.hpp"

#include "tests/unit/relay/content/rig.hpp"
#include "tests/unit/relay/content/tls_origin.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::relay::test::TemporaryDirectory;

namespace {

/// Takes a body to its end.
struct Collected final : content::BodySink {
    content::Taken take(ferry::base::ByteView bytes) override {
        body += ferry::base::text_of(bytes);
        return content::Taken::all;
    }
    void end(ferry::base::Result<void> result) override { outcome = std::move(result); }

    std::string body;
    std::optional<ferry::base::Result<void>> outcome;
};

/// An origin source alone, without the cache.
struct Asking {
    explicit Asking(content::OriginSettings settings = {})
        : source(io, policy, resolver, hosts, std::move(settings), counters) {}
    ~Asking() {
        source.stop();
        io.restart();
        while (io.poll() > 0) {
        }
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    /// The body, or the error's code.
    std::string ask(const std::string& url) {
        content::SourceRequest request;
        request.url = ferry::base::Url::parse(url).value();
        auto asking = source.ask(std::move(request));
        auto stream = await(io, std::move(asking));
        if (!stream) return stream.error().code;
        Collected collected;
        (*stream)->deliver_to(collected);
        io.restart();
        while (!collected.outcome)
            io.run_one();
        return *collected.outcome ? collected.body : collected.outcome->error().code;
    }

    asio::io_context io{1};
    exit::ExitPolicy policy = loopback_policy();
    exit::test::ScriptedResolver resolver;
    HostSlots hosts;
    ContentCounters counters;
    content::OriginSource source;
};

std::string ca_file(const TemporaryDirectory& directory, const Certificate& certificate) {
    const auto path = directory.path() / "ca.pem";
    std::ofstream(path) << certificate.pem();
    return path.string();
}

}  // namespace

TEST_CASE("origin source: a kept connection is checked again before it is used again") {
    Asking asking;
    ScriptedOrigin origin(asking.io, [](const Asked&) { return Script(reply("200 OK", "", "page")); });
    int checks = 0;
    bool allowed = true;
    asking.source.check_addresses_by(
        [&](const ferry::base::IpAddress& address, std::uint16_t port) -> ferry::base::Result<void> {
            ++checks;
            CHECK(address.to_string() == "127.0.0.1");
            CHECK(port == origin.port());
            if (allowed) return {};
            return ferry::base::fail(ferry::base::refusal("exit_denied_range", "changed its mind"));
        });
    CHECK(asking.ask(origin.url("/1")) == "page");
    CHECK(checks == 2);  // when the socket was opened, and before the request
    CHECK(asking.ask(origin.url("/2")) == "page");
    CHECK(checks == 3);
    CHECK(origin.connections == 1);
    allowed = false;
    CHECK(asking.ask(origin.url("/3")) == "exit_denied_range");
    CHECK(checks == 4);
    CHECK(origin.asked.size() == 2);
    CHECK(asking.counters.exit_rechecks_refused == 1);
}

TEST_CASE("origin source: a new connection is checked before it is made") {
    Asking asking;
    ScriptedOrigin origin(asking.io, [](const Asked&) { return Script(reply("200 OK", "", "page")); });
    asking.source.check_addresses_by(
        [](const ferry::base::IpAddress&, std::uint16_t) -> ferry::base::Result<void> {
            return ferry::base::fail(ferry::base::refusal("exit_denied_range", "no"));
        });
    CHECK(asking.ask(origin.url("/")) == "exit_denied_range");
    CHECK(origin.connections == 0);
}

TEST_CASE("origin source: a certificate is trusted by authority, name and time, or refused") {
    struct Case {
        const char* name;
        CertificateWish wish;
        bool trusted;
        std::string outcome;
    };
    const std::vector<Case> cases{{"good", {}, true, "secure"},
                                  {"unknown authority", {}, false, "origin_tls"},
                                  {"another name", {"other.example", 1}, true, "origin_tls"},
                                  {"out of date", {"secure.example", -1}, true, "origin_tls"}};
    const TemporaryDirectory directory;
    const Certificate other({"authority.example", 1});
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const Certificate certificate(each.wish);
        content::OriginSettings settings;
        settings.ca_file = ca_file(directory, each.trusted ? certificate : other);
        Asking asking(settings);
        asking.resolver.answer("secure.example", {"127.0.0.1"});
        TlsOrigin origin(asking.io, certificate);
        CHECK(asking.ask("https://secure.example:" + std::to_string(origin.port()) + "/") == each.outcome);
        CHECK(origin.requests == (each.outcome == "secure" ? 1 : 0));
    }
}

TEST_CASE("origin source: plain text where TLS was asked for is refused") {
    Asking asking;
    ScriptedOrigin origin(asking.io, [](const Asked&) { return Script(reply("200 OK", "", "page")); });
    asking.resolver.answer("secure.example", {"127.0.0.1"});
    const auto outcome = asking.ask("https://secure.example:" + std::to_string(origin.port()) + "/");
    // The server may close before it is understood.
    const bool refused = outcome == "origin_tls" || outcome == "origin_timeout";
    CHECK_MESSAGE(refused, outcome);
    CHECK(origin.asked.empty());
}

TEST_CASE("origin source: who gives up while the answer is awaited gives the slot back") {
    Asking asking;
    const auto never = std::make_shared<Gate>(asking.io);
    ScriptedOrigin origin(asking.io, [&](const Asked&) { return Script(std::string()).then_wait(never); });
    content::SourceRequest request;
    request.url = ferry::base::Url::parse(origin.url("/")).value();
    request.give_up = std::make_shared<content::GiveUp>();
    const auto give_up = request.give_up;
    auto waiting = asking.source.ask(std::move(request));
    const auto outcome = start(asking.io, std::move(waiting));
    while (origin.asked.empty())
        asking.io.run_one();
    give_up->now();
    while (!outcome->outcome)
        asking.io.run_one();
    CHECK_FALSE(outcome->outcome->has_value());
    CHECK(asking.hosts.taken("127.0.0.1:" + std::to_string(origin.port())) == 0);
    never->open();
}

TEST_CASE("origin source: after stop nothing is asked, and what runs ends") {
    Asking asking;
    const auto never = std::make_shared<Gate>(asking.io);
    ScriptedOrigin origin(asking.io, [&](const Asked&) { return Script(std::string()).then_wait(never); });
    content::SourceRequest request;
    request.url = ferry::base::Url::parse(origin.url("/")).value();
    auto waiting = asking.source.ask(std::move(request));
    const auto outcome = start(asking.io, std::move(waiting));
    while (origin.asked.empty())
        asking.io.run_one();
    asking.source.stop();
    while (!outcome->outcome)
        asking.io.run_one();
    CHECK(outcome->outcome->error().code == "origin_stopped");
    CHECK(asking.ask(origin.url("/")) == "origin_stopped");
    never->open();
}

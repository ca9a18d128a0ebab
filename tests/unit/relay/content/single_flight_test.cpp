#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace ferry::relay;
using namespace ferry::relay::content::test;

namespace {

using Fetching = std::shared_ptr<ferry::relay::exit::test::Started<Got>>;

Fetching begin(Rig& rig, content::FetchRequest request) {
    auto fetching = rig.fetch(std::move(request));
    return start(rig.io, std::move(fetching));
}

}  // namespace

TEST_CASE("single flight: readers that come before the answer share one request") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(3 * kChunk + 5);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        auto answer = file(asked, body, "\"v1\"", kCacheable);
        return Script(std::string()).then_wait(gate).then(answer.steps[0].send);
    });
    std::vector<Fetching> readers;
    for (int i = 0; i < 5; ++i)
        readers.push_back(begin(rig, Rig::request(origin.url("/file"))));
    rig.run_until([&] { return !origin.asked.empty(); });
    rig.run_ready();
    gate->open();
    for (const auto& reader : readers) {
        rig.run_until([&] { return reader->outcome.has_value(); });
        CHECK(reader->outcome->error == "");
        CHECK((reader->outcome->body == body));
    }
    CHECK(origin.asked.size() == 1);
    CHECK(shared.counters.opened_joined == 4);
}

TEST_CASE("single flight: readers that come while the body is under way join it") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(4 * kChunk);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        const auto text = reply("200 OK", kCacheable, body);
        const auto cut = text.size() - 2 * kChunk;
        return Script(text.substr(0, cut)).then_wait(gate).then(text.substr(cut));
    });
    const auto early = begin(rig, Rig::request(origin.url("/file")));
    rig.run_until([&] { return shared.counters.origin_chunks == 2; });
    const auto late = begin(rig, Rig::request(origin.url("/file")));
    rig.run_ready();
    gate->open();
    rig.run_until([&] { return early->outcome && late->outcome; });
    CHECK((early->outcome->body == body));
    CHECK((late->outcome->body == body));
    CHECK(early->outcome->hits() == 0);
    // What was there before it came; the rest was fetched for it as well.
    CHECK(late->outcome->hits() == 2);
    CHECK(origin.asked.size() == 1);
}

TEST_CASE("single flight: one leaves, the others go on") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(4 * kChunk);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        const auto text = reply("200 OK", kCacheable, body);
        return Script(text.substr(0, kChunk * 2)).then_wait(gate).then(text.substr(kChunk * 2));
    });
    auto first = rig.open(Rig::request(origin.url("/file")));
    CHECK(rig.chunk(*first, 0)->chunk);
    const auto second = begin(rig, Rig::request(origin.url("/file")));
    rig.run_ready();
    first.reset();
    rig.run_ready();
    gate->open();
    rig.run_until([&] { return second->outcome.has_value(); });
    CHECK((second->outcome->body == body));
    CHECK(origin.asked.size() == 1);
}

TEST_CASE("single flight: when the last reader leaves, the transfer ends") {
    Shared shared;
    Rig rig(shared);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n" + kCacheable + "\r\n" +
                      body_of(kChunk))
            .then_wait(gate);
    });
    auto only = rig.open(Rig::request(origin.url("/file")));
    CHECK(rig.chunk(*only, 0)->chunk);
    const auto host = "127.0.0.1:" + std::to_string(origin.port());
    CHECK(shared.hosts.taken(host) == 1);
    only.reset();
    rig.run_ready();
    CHECK(shared.hosts.taken(host) == 0);
    gate->open();
}

TEST_CASE("single flight: an answer that must not be shared is fetched for each") {
    Shared shared;
    Rig rig(shared);
    int bodies = 0;
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        const auto number = std::to_string(++bodies);
        const auto text = reply("200 OK", "Set-Cookie: id=" + number + "\r\n", number);
        return bodies > 1 ? Script(text) : Script(std::string()).then_wait(gate).then(text);
    });
    std::vector<Fetching> readers;
    for (int i = 0; i < 3; ++i)
        readers.push_back(begin(rig, Rig::request(origin.url("/login"))));
    rig.run_until([&] { return !origin.asked.empty(); });
    rig.run_ready();
    CHECK(origin.asked.size() == 1);
    gate->open();
    std::string all;
    for (const auto& reader : readers) {
        rig.run_until([&] { return reader->outcome.has_value(); });
        all += reader->outcome->body;
    }
    std::sort(all.begin(), all.end());
    CHECK(all == "123");
    CHECK(shared.cache.use().objects == 0);
}

TEST_CASE("single flight: whoever waited for a variant that is not theirs asks for their own") {
    Shared shared;
    Rig rig(shared);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        const auto text =
            reply("200 OK", kCacheable + "Vary: Accept-Language\r\n", asked.field("accept-language"));
        return asked.field("accept-language") == "en" ? Script(text)
                                                      : Script(std::string()).then_wait(gate).then(text);
    });
    const auto german = begin(rig, Rig::request(origin.url("/"), {{"accept-language", "de"}}));
    rig.run_until([&] { return !origin.asked.empty(); });
    const auto english = begin(rig, Rig::request(origin.url("/"), {{"accept-language", "en"}}));
    rig.run_ready();
    gate->open();
    rig.run_until([&] { return german->outcome && english->outcome; });
    CHECK(german->outcome->body == "de");
    CHECK(english->outcome->body == "en");
    CHECK(origin.asked.size() == 2);
}

TEST_CASE("single flight: those who wait learn of the failure, and the next one asks again") {
    Shared shared;
    Rig rig(shared);
    const auto gate = std::make_shared<Gate>(rig.io);
    bool dead = true;
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return dead ? Script(std::string()).then_wait(gate).then_close()
                    : Script(reply("200 OK", kCacheable, "page"));
    });
    const auto first = begin(rig, Rig::request(origin.url("/")));
    rig.run_until([&] { return !origin.asked.empty(); });
    const auto second = begin(rig, Rig::request(origin.url("/")));
    rig.run_ready();
    gate->open();
    rig.run_until([&] { return first->outcome && second->outcome; });
    CHECK(first->outcome->error == "origin_unreachable");
    CHECK(second->outcome->error == "origin_unreachable");
    CHECK(origin.asked.size() == 1);
    dead = false;
    CHECK(rig.get(origin.url("/")).body == "page");
}

TEST_CASE("single flight: what one client asked wrongly does not fail the others") {
    Shared shared;
    Rig rig(shared);
    const auto body = body_of(kChunk);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        const auto text = file(asked, body, "\"v1\"", kCacheable).steps[0].send;
        return origin.asked.size() > 1 ? Script(text) : Script(std::string()).then_wait(gate).then(text);
    });
    auto wrong = Rig::request(origin.url("/"));
    wrong.first_chunk = 7;
    const auto first = begin(rig, wrong);
    rig.run_until([&] { return !origin.asked.empty(); });
    const auto second = begin(rig, Rig::request(origin.url("/")));
    rig.run_ready();
    gate->open();
    rig.run_until([&] { return first->outcome && second->outcome; });
    CHECK(first->outcome->error == "chunk_beyond_end");
    CHECK((second->outcome->body == body));
}

TEST_CASE("single flight: two workers share one fetch") {
    Shared shared;
    Rig here(shared);
    Rig there(shared);
    const auto body = body_of(40 * kChunk + 3);
    const auto gate = std::make_shared<Gate>(here.io);
    ScriptedOrigin origin(here.io, [&](const Asked& asked) {
        const auto text = file(asked, body, "\"v1\"", kCacheable).steps[0].send;
        return Script(text.substr(0, text.size() / 2)).then_wait(gate).then(text.substr(text.size() / 2));
    });
    const auto url = origin.url("/file");
    const auto mine = begin(here, Rig::request(url));
    here.run_until([&] { return shared.counters.origin_chunks > 0; });

    std::optional<Got> theirs;
    std::thread other([&] {
        auto got = there.get(url);
        asio::post(here.io, [&, got = std::move(got)]() mutable { theirs = std::move(got); });
    });
    here.run_until([&] { return shared.counters.opened_fresh == 1; });
    gate->open();
    here.run_until([&] { return mine->outcome && theirs; });
    other.join();
    CHECK(mine->outcome->error == "");
    CHECK(theirs->error == "");
    CHECK((mine->outcome->body == body));
    CHECK((theirs->body == body));
    std::vector<std::size_t> starts;
    for (const auto& asked : origin.asked)
        starts.push_back(std::stoul(asked.field("range").substr(6)));
    std::sort(starts.begin(), starts.end());
    CHECK(starts == std::vector<std::size_t>{0, 16 * kChunk, 32 * kChunk});
}

TEST_CASE("single flight: a worker that stops leaves its readers' fetches to the others") {
    Shared shared;
    auto here = std::make_unique<Rig>(shared);
    Rig there(shared);
    const auto body = body_of(3 * kChunk);
    asio::io_context& io = there.io;
    const auto gate = std::make_shared<Gate>(io);
    ScriptedOrigin origin(io, [&](const Asked& asked) {
        const auto text = file(asked, body, "\"v1\"", kCacheable).steps[0].send;
        return origin.asked.size() > 1 ? Script(text) : Script(text.substr(0, 2 * kChunk)).then_wait(gate);
    });
    auto starting = begin(*here, Rig::request(origin.url("/file")));
    for (here->io.restart(); shared.counters.origin_chunks == 0;) {
        here->io.poll();
        there.run_ready();
    }
    const auto theirs = begin(there, Rig::request(origin.url("/file")));
    there.run_ready();
    CHECK_FALSE(theirs->outcome);
    here.reset();
    there.run_until([&] { return theirs->outcome.has_value(); });
    // The run that broke off is told as such; asking again gets the rest from elsewhere.
    if (!theirs->outcome->error.empty()) CHECK(theirs->outcome->error == "origin_stopped");
    CHECK((there.get(origin.url("/file")).body == body));
    gate->open();
}

TEST_CASE("single flight: a slow origin holds back only its own readers") {
    Shared shared;
    Rig rig(shared);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin slow(rig.io, [&](const Asked&) {
        return Script(std::string()).then_wait(gate).then(reply("200 OK", "", "slow"));
    });
    ScriptedOrigin quick(rig.io, [&](const Asked&) { return Script(reply("200 OK", "", "quick")); });
    std::vector<Fetching> slow_ones;
    for (int i = 0; i < 6; ++i)
        slow_ones.push_back(begin(rig, Rig::request(slow.url("/" + std::to_string(i)))));
    rig.run_until([&] { return slow.asked.size() == 6; });
    CHECK(rig.get(quick.url("/")).body == "quick");
    for (const auto& reader : slow_ones)
        CHECK_FALSE(reader->outcome);
    gate->open();
    for (const auto& reader : slow_ones) {
        rig.run_until([&] { return reader->outcome.has_value(); });
        CHECK(reader->outcome->body == "slow");
    }
}

TEST_CASE("single flight: one origin gets at most six transfers at a time, from all workers") {
    Shared shared;
    Rig rig(shared);
    const auto gate = std::make_shared<Gate>(rig.io);
    ScriptedOrigin origin(rig.io, [&](const Asked&) {
        return Script(std::string()).then_wait(gate).then(reply("200 OK", "", "page"));
    });
    std::vector<Fetching> readers;
    for (int i = 0; i < 9; ++i)
        readers.push_back(begin(rig, Rig::request(origin.url("/" + std::to_string(i)))));
    rig.run_until([&] { return origin.asked.size() == 6; });
    rig.run_ready();
    CHECK(origin.asked.size() == 6);
    gate->open();
    for (const auto& reader : readers) {
        rig.run_until([&] { return reader->outcome.has_value(); });
        CHECK(reader->outcome->body == "page");
    }
    CHECK(origin.asked.size() == 9);
}

TEST_CASE("single flight: a reader that does not read keeps nobody from the origin") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        if (asked.target == "/page") return Script(reply("200 OK", "", "page"));
        return Script("HTTP/1.1 200 OK\r\n\r\n").then_forever(body_of(kChunk));
    });
    std::vector<std::unique_ptr<content::OpenBody>> idle;
    for (int i = 0; i < 8; ++i) {
        idle.push_back(rig.open(Rig::request(origin.url("/" + std::to_string(i)))));
        rig.run_ready();
    }
    CHECK(rig.get(origin.url("/page")).body == "page");
}

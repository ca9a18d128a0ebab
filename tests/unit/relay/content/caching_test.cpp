#include "relay/content/http_date.hpp"
#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;
using ferry::content::find_header;
using Headers = ferry::content::Headers;

namespace {

/// A server that answers every request with the same fields, and counts in the body.
struct Counting {
    explicit Counting(Rig& rig, std::string with = {})
        : fields(std::move(with)), origin(rig.io, [this](const Asked& asked) {
              if (!etag.empty() && asked.field("if-none-match") == etag)
                  return Script("HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n");
              return Script(reply(status, (etag.empty() ? "" : "ETag: " + etag + "\r\n") + fields,
                                  std::to_string(++bodies)));
          }) {}

    std::string status = "200 OK", fields, etag;
    int bodies = 0;
    ScriptedOrigin origin;
};

}  // namespace

TEST_CASE("caching: what may be stored is served without asking until it is old") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\n");
    CHECK(rig.get(server.origin.url("/")).body == "1");
    rig.now = rig.now + std::chrono::seconds(59);
    CHECK(rig.get(server.origin.url("/")).body == "1");
    rig.now = rig.now + std::chrono::seconds(1);
    CHECK(rig.get(server.origin.url("/")).body == "2");
    CHECK(rig.get(server.origin.url("/")).body == "2");
}

TEST_CASE("caching: what must not be stored is asked for each time") {
    struct Case {
        const char* name;
        std::string status, response;
        Headers request;
    };
    const std::string fresh = "Cache-Control: max-age=60\r\n";
    const std::vector<Case> cases{
        {"no-store", "200 OK", "Cache-Control: no-store, max-age=60\r\n", {}},
        {"private", "200 OK", "Cache-Control: private, max-age=60\r\n", {}},
        {"private for one field", "200 OK", "Cache-Control: private=\"set-cookie\", max-age=60\r\n", {}},
        {"Set-Cookie", "200 OK", fresh + "Set-Cookie: id=1\r\n", {}},
        {"Vary: *", "200 OK", fresh + "Vary: Accept, *\r\n", {}},
        {"no lifetime, no validator", "200 OK", "", {}},
        {"s-maxage=0", "200 OK", "Cache-Control: s-maxage=0, max-age=60\r\n", {}},
        {"Expires in the past", "200 OK", "Expires: 0\r\n", {}},
        {"already too old", "200 OK", fresh + "Age: 60\r\n", {}},
        {"Authorization", "200 OK", "Cache-Control: public, s-maxage=60\r\n", {{"authorization", "x"}}},
        {"Cookie", "200 OK", fresh, {{"cookie", "id=1"}}},
        {"client's no-store", "200 OK", fresh, {{"cache-control", "no-store"}}},
        {"a server's failure", "500 Oops", fresh, {}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        Shared shared;
        Rig rig(shared);
        Counting server(rig, each.response);
        server.status = each.status;
        CHECK(rig.get(server.origin.url("/"), each.request).body == "1");
        CHECK(rig.get(server.origin.url("/"), each.request).body == "2");
        CHECK(rig.get(server.origin.url("/")).body == "3");
        CHECK(shared.cache.use().objects <= 1);
    }
}

TEST_CASE("caching: a request with credentials is not answered from what others got") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\n");
    CHECK(rig.get(server.origin.url("/")).body == "1");
    CHECK(rig.get(server.origin.url("/"), {{"cookie", "id=1"}}).body == "2");
    CHECK(rig.get(server.origin.url("/")).body == "1");
}

TEST_CASE("caching: a stale object is confirmed by its validator and keeps its chunks") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\nX-Version: a\r\n");
    server.etag = "\"v1\"";
    CHECK(rig.get(server.origin.url("/")).body == "1");
    rig.now = rig.now + std::chrono::seconds(100);
    server.fields = "Cache-Control: max-age=60\r\nX-Version: b\r\n";
    const auto got = rig.get(server.origin.url("/"));
    CHECK(got.body == "1");
    CHECK(got.hits() == 1);
    CHECK(got.head.from_cache);
    CHECK(got.head.fetched_at == rig.now);
    CHECK(find_header(got.head.headers, "x-version") == "b");
    CHECK(shared.counters.opened_revalidated == 1);
    CHECK(server.origin.asked[1].field("if-none-match") == "\"v1\"");
    CHECK(server.origin.connections == 1);
    CHECK(rig.get(server.origin.url("/")).body == "1");
    CHECK(server.origin.asked.size() == 2);

    rig.now = rig.now + std::chrono::seconds(100);
    server.etag = "\"v2\"";
    CHECK(rig.get(server.origin.url("/")).body == "2");
}

TEST_CASE("caching: a weak validator and Last-Modified serve to confirm as well") {
    Shared shared;
    Rig rig(shared);
    const std::string modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    int bodies = 0;
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        const std::string fields = asked.target == "/etag"
                                       ? "Cache-Control: max-age=1\r\nETag: W/\"v1\"\r\n"
                                       : "Cache-Control: max-age=1\r\nLast-Modified: " + modified + "\r\n";
        const bool same =
            asked.field("if-none-match") == "W/\"v1\"" || asked.field("if-modified-since") == modified;
        return same ? Script("HTTP/1.1 304 Not Modified\r\n\r\n")
                    : Script(reply("200 OK", fields, std::to_string(++bodies)));
    });
    CHECK(rig.get(origin.url("/etag")).body == "1");
    CHECK(rig.get(origin.url("/date")).body == "2");
    rig.now = rig.now + std::chrono::seconds(10);
    CHECK(rig.get(origin.url("/etag")).body == "1");
    CHECK(rig.get(origin.url("/date")).body == "2");
}

TEST_CASE("caching: no-cache is stored, but asked about each time") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: no-cache\r\n");
    server.etag = "\"v1\"";
    CHECK(rig.get(server.origin.url("/")).body == "1");
    const auto got = rig.get(server.origin.url("/"));
    CHECK(got.body == "1");
    CHECK(got.hits() == 1);
    CHECK(server.origin.asked.size() == 2);
}

TEST_CASE("caching: a failing server does not cost the stored object") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\n");
    server.etag = "\"v1\"";
    rig.get(server.origin.url("/"));
    rig.now = rig.now + std::chrono::seconds(100);
    server.etag = "";
    server.status = "503 Busy";
    CHECK(rig.get(server.origin.url("/")).head.status == 503);
    server.etag = "\"v1\"";
    server.status = "200 OK";
    const auto got = rig.get(server.origin.url("/"));
    CHECK(got.body == "1");
    CHECK(got.hits() == 1);
}

TEST_CASE("caching: a validator that was confirmed by mistake is not believed") {
    Shared shared;
    Rig rig(shared);
    int bodies = 0;
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        if (!asked.field("if-none-match").empty())
            return Script("HTTP/1.1 304 Not Modified\r\nETag: \"v2\"\r\n\r\n");
        return Script(
            reply("200 OK", "Cache-Control: max-age=1\r\nETag: \"v1\"\r\n", std::to_string(++bodies)));
    });
    CHECK(rig.get(origin.url("/")).body == "1");
    rig.now = rig.now + std::chrono::seconds(10);
    CHECK(rig.get(origin.url("/")).body == "2");
}

TEST_CASE("caching: variants are told apart by what Vary names, and by nothing else") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\nVary: Accept-Language, User-Agent\r\n");
    const auto body = [&](const std::string& language, const std::string& agent = "a") {
        return rig
            .get(server.origin.url("/"),
                 {{"accept-language", language}, {"user-agent", agent}, {"accept", language}})
            .body;
    };
    CHECK(body("de") == "1");
    CHECK(body("en") == "2");
    CHECK(body("de") == "1");
    // The client's own is never sent, so it cannot select.
    CHECK(body("en", "another browser") == "2");
    CHECK(rig.get(server.origin.url("/")).body == "3");
    CHECK(body("en") == "2");
}

TEST_CASE(
    "caching: a field outside negotiation keeps its answer apart, so that nobody can plant one for others") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\n");
    CHECK(rig.get(server.origin.url("/"), {{"x-forwarded-host", "evil.example"}}).body == "1");
    CHECK(server.origin.asked[0].field("x-forwarded-host") == "");
    CHECK(rig.get(server.origin.url("/")).body == "1");
    CHECK(rig.get(server.origin.url("/"), {{"x-original-url", "/admin"}}).body == "2");
    CHECK(server.origin.asked[1].field("x-original-url") == "/admin");
    CHECK(rig.get(server.origin.url("/")).body == "1");
}

TEST_CASE("caching: the client's own directives are kept") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\n");
    const auto with = [&](const std::string& name, const std::string& value) {
        return rig.get(server.origin.url("/"), {{name, value}});
    };
    CHECK(with("cache-control", "only-if-cached").head.status == 504);
    CHECK(server.origin.asked.empty());
    CHECK(rig.get(server.origin.url("/")).body == "1");
    CHECK(with("cache-control", "only-if-cached").body == "1");
    CHECK(with("cache-control", "no-cache").body == "2");
    CHECK(with("pragma", "no-cache").body == "3");
    rig.now = rig.now + std::chrono::seconds(30);
    CHECK(with("cache-control", "max-age=30").body == "3");
    CHECK(with("cache-control", "max-age=29").body == "4");
    CHECK(with("cache-control", "min-fresh=60").body == "4");
    CHECK(with("cache-control", "min-fresh=61").body == "5");
}

TEST_CASE("caching: a client that has the object is told so without a body") {
    Shared shared;
    Rig rig(shared);
    Counting server(rig, "Cache-Control: max-age=60\r\nContent-Type: text/plain\r\n");
    server.etag = "\"v1\"";
    const auto got = rig.get(server.origin.url("/"), {{"if-none-match", "\"v0\", W/\"v1\""}});
    CHECK(got.head.status == 304);
    CHECK(got.head.length == 0);
    CHECK(got.sources.empty());
    CHECK(find_header(got.head.headers, "etag") == "\"v1\"");
    CHECK_FALSE(find_header(got.head.headers, "content-type"));
    // The condition is the relay's to judge; the origin gave the whole object.
    CHECK(server.origin.asked[0].field("if-none-match") == "");
    CHECK(rig.get(server.origin.url("/"), {{"if-none-match", "\"v0\""}}).head.status == 200);
}

TEST_CASE("caching: nothing tells the origin who asks; the relay names itself") {
    Shared shared;
    content::OriginSettings settings;
    settings.user_agent = "Ferry/9.9 (+https://relay.example/abuse)";
    settings.via = "1.1 relay.example";
    Rig rig(shared, settings);
    Counting server(rig);
    rig.get(server.origin.url("/"), {{"forwarded", "for=192.0.2.1"},
                                     {"x-forwarded-for", "192.0.2.1"},
                                     {"x-real-ip", "192.0.2.1"},
                                     {"client-ip", "192.0.2.1"},
                                     {"via", "1.1 home"},
                                     {"user-agent", "Browser"},
                                     {"referer", "http://secret.example/"},
                                     {"connection", "X-Private, close"},
                                     {"x-private", "1"},
                                     {"proxy-authorization", "Basic x"},
                                     {"te", "trailers"},
                                     {"range", "bytes=0-1"},
                                     {"host", "other.example"},
                                     {"accept-language", "de"}});
    REQUIRE(server.origin.asked.size() == 1);
    std::string names;
    for (const auto& [name, value] : server.origin.asked[0].fields)
        names += name + " ";
    CHECK(names == "host accept accept-language user-agent via range ");
    CHECK(server.origin.asked[0].field("user-agent") == settings.user_agent);
    CHECK(server.origin.asked[0].field("via") == settings.via);
    CHECK(server.origin.asked[0].field("host") == "127.0.0.1:" + std::to_string(server.origin.port()));
    CHECK(server.origin.asked[0].field("range") == "bytes=0-4194303");
}

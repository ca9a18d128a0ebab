#include "tests/unit/relay/content/rig.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace ferry::relay::content::test;

namespace {

Script redirect(const std::string& where, const std::string& status = "302 Found",
                const std::string& fields = {}) {
    return Script(reply(status, "Location: " + where + "\r\n" + fields, "moved"));
}

/// /1 leads to /2, and so on to /<last>, which is the page.
ScriptedOrigin::Answer chain(int last) {
    return [last](const Asked& asked) {
        const int step = std::stoi(asked.target.substr(1));
        return step == last ? Script(reply("200 OK", "", "page")) : redirect("/" + std::to_string(step + 1));
    };
}

}  // namespace

TEST_CASE("redirects: five are followed, on one connection") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, chain(6));
    const auto got = rig.get(origin.url("/1"));
    CHECK(got.error == "");
    CHECK(got.head.status == 200);
    CHECK(got.body == "page");
    CHECK(origin.asked.size() == 6);
    CHECK(origin.connections == 1);
    CHECK(shared.counters.redirects == 5);
}

TEST_CASE("redirects: a chain of forty is refused after five") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, chain(40));
    CHECK(rig.get(origin.url("/1")).error == "origin_redirects");
    CHECK(origin.asked.size() == 6);
}

TEST_CASE("redirects: each kind is followed with the same method") {
    Shared shared;
    Rig rig(shared);
    for (const std::string status : {"301", "302", "303", "307", "308"}) {
        CAPTURE(status);
        ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
            return asked.target == "/from" ? redirect("to?x=1", status + " Moved")
                                           : Script(reply("200 OK", "", ""));
        });
        auto request = Rig::request(origin.url("/from"));
        request.method = "HEAD";
        CHECK(rig.get(request).head.status == 200);
        CHECK(origin.asked.back().target == "/to?x=1");
        CHECK(origin.asked.back().method == "HEAD");
    }
}

TEST_CASE("redirects: without a Location, or another status, the answer passes as it is") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return asked.target == "/none" ? Script(reply("302 Found", "", "where?"))
                                       : redirect("/to", "300 Multiple Choices");
    });
    CHECK(rig.get(origin.url("/none")).body == "where?");
    CHECK(rig.get(origin.url("/choices")).head.status == 300);
}

TEST_CASE("redirects: to what the policy refuses ends with that refusal, and nobody is asked") {
    Shared shared;
    Rig rig(shared);
    rig.resolver.answer("inside.example", {"10.0.0.7"});
    struct Case {
        std::string where, code;
    };
    const std::vector<Case> cases{
        {"http://10.0.0.1/", "exit_private"},
        {"http://2130706434:81/", "ok"},  // 127.0.0.2 in another spelling: allowed here, but nobody listens
        {"http://169.254.169.254/latest/meta-data", "exit_metadata"},
        {"http://metadata.google.internal/", "exit_metadata_name"},
        {"http://inside.example/", "exit_private"},
        {"http://[::1]/", "exit_loopback"},
        {"http://localhost/", "exit_local_name"},
        {"file:///etc/passwd", "url_scheme"},
        {"gopher://127.0.0.1/", "url_scheme"},
        {"http://user@127.0.0.1/", "url_userinfo"},
    };
    for (const auto& [where, code] : cases) {
        CAPTURE(where);
        ScriptedOrigin origin(rig.io, [&, to = where](const Asked&) { return redirect(to); });
        const auto got = rig.get(origin.url("/from"));
        CHECK(got.error == (code == "ok" ? "origin_unreachable" : code));
        CHECK(got.body == "");
        CHECK(origin.asked.size() == 1);
    }
}

TEST_CASE("redirects: credentials and keys are not carried along") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        return asked.target == "/from" ? redirect("/to") : Script(reply("200 OK", "", "page"));
    });
    rig.get(origin.url("/from"), {{"authorization", "Bearer secret"},
                                  {"cookie", "id=1"},
                                  {"x-api-key", "secret"},
                                  {"accept", "text/html"}});
    REQUIRE(origin.asked.size() == 2);
    CHECK(origin.asked[0].field("authorization") == "Bearer secret");
    CHECK(origin.asked[0].field("x-api-key") == "secret");
    CHECK(origin.asked[1].field("authorization") == "");
    CHECK(origin.asked[1].field("cookie") == "");
    CHECK(origin.asked[1].field("x-api-key") == "");
    CHECK(origin.asked[1].field("accept") == "text/html");
}

TEST_CASE(
    "redirects: one that may be stored is not asked about again, what it leads to is stored by itself") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        const std::string fresh = "Cache-Control: max-age=60\r\n";
        return asked.target == "/from" ? redirect("/to", "301 Moved", fresh)
                                       : Script(reply("200 OK", fresh, "page"));
    });
    CHECK(rig.get(origin.url("/from")).body == "page");
    CHECK(rig.get(origin.url("/from")).body == "page");
    CHECK(rig.get(origin.url("/to")).hits() == 1);
    CHECK(origin.asked.size() == 2);
}

TEST_CASE("redirects: an endless body of a redirect is not read") {
    Shared shared;
    Rig rig(shared);
    ScriptedOrigin origin(rig.io, [&](const Asked& asked) {
        if (asked.target == "/to") return Script(reply("200 OK", "", "page"));
        return Script("HTTP/1.1 302 Found\r\nLocation: /to\r\n\r\n").then_forever(body_of(kChunkBytes));
    });
    CHECK(rig.get(origin.url("/from")).body == "page");
    rig.run_ready();
    CHECK(shared.counters.origin_chunks <= 3);
    CHECK(shared.hosts.taken("127.0.0.1:" + std::to_string(origin.port())) == 0);
}

#include "relay/content/validator.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using ferry::base::Time;
using Headers = ferry::content::Headers;

namespace {

const Time kReceived = Time::from_seconds(1'800'000'000);
const std::string kModified = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

TEST_CASE("validator: entity tags") {
    CHECK(parse_entity_tag("\"a\"") == EntityTag{false, "\"a\""});
    CHECK(parse_entity_tag("W/\"a b\"") == std::nullopt);
    CHECK(parse_entity_tag("W/\"a-b\"") == EntityTag{true, "\"a-b\""});
    CHECK(parse_entity_tag("\"\"") == EntityTag{false, "\"\""});
    for (const std::string& text :
         {std::string("a"), std::string("\"a"), std::string("a\""), std::string("\"a\"b\""),
          std::string("w/\"a\""), std::string("\""), std::string(), std::string("\"a\", \"b\""),
          "\"" + std::string(1100, 'x') + "\""}) {
        CAPTURE(text);
        CHECK_FALSE(parse_entity_tag(text));
    }
}

TEST_CASE("validator: names an object by the strongest thing that is known") {
    struct Case {
        const char* name;
        Headers headers;
        std::optional<std::uint64_t> length;
        std::string validator;
    };
    const std::string later = "Sun, 06 Nov 1994 08:49:38 GMT";
    const std::vector<Case> cases{
        {"nothing", {}, 5, ""},
        {"strong ETag", {{"etag", "\"a\""}, {"last-modified", kModified}}, 5, "\"a\""},
        {"strong ETag, unknown length", {{"etag", "\"a\""}}, std::nullopt, "\"a\""},
        {"weak ETag", {{"etag", "W/\"a\""}}, 5, ""},
        {"date and length", {{"last-modified", kModified}}, 5, kModified + "/5"},
        {"date, unknown length", {{"last-modified", kModified}}, std::nullopt, ""},
        {"weak ETag, date and length",
         {{"etag", "W/\"a\""}, {"last-modified", kModified}},
         5,
         kModified + "/5"},
        {"a second before Date", {{"last-modified", kModified}, {"date", later}}, 5, kModified + "/5"},
        {"in the second of Date", {{"last-modified", kModified}, {"date", kModified}}, 5, ""},
        {"after Date", {{"last-modified", later}, {"date", kModified}}, 5, ""},
        {"a Date that is none", {{"last-modified", kModified}, {"date", "x"}}, 5, ""},
        {"a date that is none", {{"last-modified", "x"}}, 5, ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(validator_of(each.headers, each.length, kReceived) == each.validator);
    }
    CHECK(if_range_of("\"a/5\"") == "\"a/5\"");
    CHECK(if_range_of(kModified + "/5") == kModified);
    CHECK(if_range_of("") == "");
}

TEST_CASE("validator: a stored response is confirmed by its tag, else by its date") {
    Headers request;
    CHECK(add_conditions({{"etag", "W/\"a\""}, {"last-modified", kModified}}, request));
    CHECK(request == Headers{{"if-none-match", "W/\"a\""}});
    request.clear();
    CHECK(add_conditions({{"last-modified", kModified}, {"etag", "nonsense"}}, request));
    CHECK(request == Headers{{"if-modified-since", kModified}});
    request.clear();
    CHECK_FALSE(add_conditions({}, request));
    CHECK(request.empty());
}

TEST_CASE("validator: what the client has is told by its own conditions") {
    const Headers response{{"etag", "\"a\""}, {"last-modified", kModified}};
    const auto has = [&](Headers request) { return client_has_it(request, response, kReceived); };
    CHECK(has({{"if-none-match", "\"a\""}}));
    CHECK(has({{"if-none-match", "\"b\", W/\"a\""}}));
    CHECK(has({{"if-none-match", " * "}}));
    CHECK_FALSE(has({{"if-none-match", "\"b\""}}));
    CHECK_FALSE(has({{"if-none-match", "a"}}));
    CHECK_FALSE(has({{"if-none-match", "\"b\""}, {"if-modified-since", kModified}}));
    CHECK(has({{"if-modified-since", kModified}}));
    CHECK_FALSE(has({{"if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT"}}));
    CHECK_FALSE(has({{"if-modified-since", "x"}}));
    CHECK_FALSE(has({}));
    CHECK_FALSE(client_has_it({{"if-none-match", "*"}}, {}, kReceived));
}

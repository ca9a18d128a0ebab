#include "relay/content/answer.hpp"

#include "protocol/content/geometry.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace ferry::relay;
using namespace ferry::relay::content;
using ferry::base::Time;
using ferry::content::kChunkBytes;

namespace {

constexpr std::uint64_t kTotal = 3 * kChunkBytes + 10;

ResponseHead response(std::uint16_t status, ferry::content::Headers headers,
                      std::optional<std::uint64_t> length = std::nullopt) {
    ResponseHead head;
    head.status = status;
    head.headers = std::move(headers);
    head.content_length = length;
    head.asked_at = head.answered_at = Time::from_seconds(1'800'000'000);
    return head;
}

std::string range_text(std::uint64_t first, std::uint64_t last, std::uint64_t total) {
    return "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(total);
}

/// What becomes of a first answer in one word.
std::string first(const ResponseHead& head, std::optional<ByteRange> asked) {
    const auto answer = read_first_answer(head, asked);
    if (!answer) return answer.error().code;
    if (answer->ask_whole) return "ask whole";
    if (answer->span.end == kNoEnd) return "whole";
    return std::to_string(answer->span.first) + "-" + std::to_string(answer->span.end) + " of " +
           std::to_string(*answer->head.length);
}

ObjectHead known() {
    ObjectHead head;
    head.status = 200;
    head.length = kTotal;
    head.validator = "\"v1\"";
    return head;
}

std::string next(const ResponseHead& head, std::optional<ByteRange> asked) {
    const auto bytes = read_next_answer(head, known(), asked);
    if (!bytes) return bytes.error().code;
    return *bytes ? std::to_string(**bytes) : "unknown";
}

}  // namespace

TEST_CASE("answer: the first one is a part, a whole, or of no use") {
    const auto asked = ByteRange::of_chunks(0, 2);
    const ferry::content::HeaderField tag{"etag", "\"v1\""};
    const auto part = [&](std::uint64_t from, std::uint64_t to, std::uint64_t total) {
        return response(206, {tag, {"content-range", range_text(from, to, total)}}, to - from + 1);
    };
    CHECK(first(part(0, asked.last, kTotal), asked) == "0-2 of " + std::to_string(kTotal));
    CHECK(first(part(0, 9, 10), asked) == "0-1 of 10");
    CHECK(first(part(1, asked.last, kTotal), asked) == "ask whole");
    CHECK(first(part(0, asked.last - 1, kTotal), asked) == "ask whole");
    CHECK(first(part(0, asked.last + 1, kTotal), asked) == "ask whole");
    CHECK(first(response(206, {{"content-range", range_text(0, asked.last, kTotal)}}), asked) == "ask whole");
    CHECK(first(response(206, {{"content-range", range_text(0, 9, 10)}}), asked) == "0-1 of 10");
    CHECK(first(response(206, {tag}), asked) == "ask whole");
    CHECK(first(response(206, {tag, {"content-range", range_text(0, asked.last, kTotal)}}, 5), asked) ==
          "ask whole");
    CHECK(first(part(0, asked.last, kTotal), std::nullopt) == "origin_range");
    CHECK(first(response(200, {tag}, kTotal), asked) == "whole");
    CHECK(first(response(404, {}, 5), asked) == "whole");
    CHECK(first(response(416, {{"content-range", "bytes */0"}}), asked) == "ask whole");
    CHECK(first(response(416, {}), asked) == "ask whole");
    CHECK(first(response(416, {}), std::nullopt) == "whole");
    const auto far = ByteRange::of_chunks(7, 2);
    CHECK(first(response(416, {{"content-range", "bytes */" + std::to_string(kTotal)}}), far) ==
          "chunk_beyond_end");
    CHECK(first(response(416, {}), far) == "ask whole");
    CHECK(first(part(far.first, far.first + 4, far.first + 5), far) ==
          "7-8 of " + std::to_string(far.first + 5));
}

TEST_CASE("answer: a later one brings more of the same object, or none") {
    const auto asked = ByteRange::of_chunks(1, 16);
    const auto part = [&](const std::string& tag, std::uint64_t from, std::uint64_t to, std::uint64_t total) {
        return response(206, {{"etag", tag}, {"content-range", range_text(from, to, total)}});
    };
    CHECK(next(part("\"v1\"", asked.first, kTotal - 1, kTotal), asked) ==
          std::to_string(2 * kChunkBytes + 10));
    CHECK(next(part("\"v2\"", asked.first, kTotal - 1, kTotal), asked) == "origin_changed");
    CHECK(next(part("W/\"v1\"", asked.first, kTotal - 1, kTotal), asked) == "origin_changed");
    CHECK(next(part("\"v1\"", asked.first, kTotal, kTotal + 1), asked) == "origin_changed");
    CHECK(next(part("\"v1\"", 0, kTotal - 1, kTotal), asked) == "origin_range");
    CHECK(next(part("\"v1\"", asked.first, asked.first + 5, kTotal), asked) == "origin_range");
    CHECK(next(response(206, {{"etag", "\"v1\""}}), asked) == "origin_range");
    CHECK(next(response(206, {{"etag", "\"v1\""}, {"content-range", "bytes 0-5/*"}}), asked) ==
          "origin_range");
    CHECK(next(response(200, {{"etag", "\"v2\""}}, 5), asked) == "origin_changed");
    for (const std::uint16_t gone : std::vector<std::uint16_t>{404, 410, 412, 416})
        CHECK(next(response(gone, {}), asked) == "origin_changed");
    for (const std::uint16_t other : std::vector<std::uint16_t>{301, 304, 403, 429, 500, 503})
        CHECK(next(response(other, {}), asked) == "origin_status");
    CHECK(next(response(200, {{"etag", "\"v1\""}}, kTotal), std::nullopt) == std::to_string(kTotal));
    CHECK(next(response(200, {{"etag", "\"v1\""}}), std::nullopt) == "unknown");
    CHECK(next(response(200, {{"etag", "\"v1\""}}, kTotal + 1), std::nullopt) == "origin_changed");
    CHECK(next(response(200, {{"etag", "\"v2\""}}, kTotal), std::nullopt) == "origin_changed");
}

TEST_CASE("answer: a part is presented as the whole that it belongs to") {
    const auto head = response(206,
                               {{"etag", "\"v1\""},
                                {"content-range", range_text(0, 9, 10)},
                                {"x", "y"},
                                {"cache-control", "max-age=60"}},
                               10);
    const auto answer = read_first_answer(head, ByteRange::of_chunks(0, 1)).value();
    CHECK(answer.head.status == 200);
    CHECK(answer.head.length == 10);
    CHECK(answer.head.ranges);
    CHECK_FALSE(ferry::content::find_header(answer.head.headers, "content-range"));
    CHECK(answer.head.fetched_at == head.answered_at);
    CHECK(answer.head.expires_at == head.answered_at + std::chrono::seconds(60));
}

TEST_CASE("answer: only a 200 names an object that can be resumed") {
    CHECK(read_first_answer(response(200, {{"etag", "\"v1\""}}), std::nullopt)->head.validator == "\"v1\"");
    CHECK(read_first_answer(response(404, {{"etag", "\"v1\""}}), std::nullopt)->head.validator == "");
}

TEST_CASE("answer: a redirect has a place to go") {
    ObjectHead head;
    head.headers = {{"location", "/x"}};
    for (const std::uint16_t status : std::vector<std::uint16_t>{301, 302, 303, 307, 308}) {
        head.status = status;
        CHECK(redirect_target(head) == "/x");
    }
    for (const std::uint16_t status : std::vector<std::uint16_t>{200, 201, 300, 304, 404}) {
        head.status = status;
        CHECK(redirect_target(head) == "");
    }
}

TEST_CASE("answer: a confirmation replaces the fields that it brings, and the times") {
    auto stored = known();
    stored.headers = {{"a", "1"}, {"b", "2"}, {"cache-control", "max-age=5"}};
    const auto fresh =
        confirmed(stored, response(304, {{"b", "3"}, {"cache-control", "max-age=60"}, {"age", "10"}}));
    CHECK(fresh.headers ==
          ferry::content::Headers{{"a", "1"}, {"b", "3"}, {"cache-control", "max-age=60"}, {"age", "10"}});
    CHECK(fresh.age_when_fetched == std::chrono::seconds(10));
    CHECK(fresh.expires_at == fresh.fetched_at + std::chrono::seconds(50));
    CHECK(fresh.status == 200);
    CHECK(fresh.length == kTotal);
}

// Any text as Content-Range, and the same text as a part that an origin answers with: nothing that is
// accepted lies outside the body or away from what was asked for.

#include "protocol/content/geometry.hpp"
#include "relay/content/answer.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry::relay;
using namespace ferry::relay::content;
using ferry::fuzz::require;

namespace {

void check_text(std::string_view text) {
    const auto came = parse_content_range(text);
    if (!came) return;
    require(came->range || came->total, "a range or a total was given");
    std::string again = "bytes ";
    if (came->range) {
        require(came->range->first <= came->range->last, "a range is not empty");
        require(came->range->last < ferry::content::kMaxBodyBytes, "a range lies within the largest body");
        require(!came->total || came->range->last < *came->total, "a range lies within its body");
        again += std::to_string(came->range->first) + "-" + std::to_string(came->range->last);
    } else {
        again += "*";
    }
    again += "/" + (came->total ? std::to_string(*came->total) : "*");
    require(parse_content_range(again) == came, "a range reads back");
}

void check_answer(std::string_view text, const ByteRange& asked, bool strong) {
    ResponseHead response;
    response.status = 206;
    response.headers.push_back({"content-range", std::string(text)});
    if (strong) response.headers.push_back({"etag", "\"v1\""});
    const auto answer = read_first_answer(response, asked);
    if (!answer || answer->ask_whole) return;
    require(answer->span.first * ferry::content::kChunkBytes == asked.first,
            "a part begins where it was asked for");
    require(*answer->bytes <= asked.bytes(), "a part is no longer than it was asked for");
    const bool ends_body = asked.first + *answer->bytes == *answer->head.length;
    require(ends_body || *answer->bytes % ferry::content::kChunkBytes == 0,
            "only the end of a body is no whole chunk");
    require(strong || *answer->bytes == *answer->head.length, "a part that cannot be joined is the whole");

    ObjectHead object = answer->head;
    const auto next = read_next_answer(response, object, asked);
    require(!strong || next.has_value(), "what was accepted first is accepted again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_text(text);
    check_answer(text, ByteRange::of_chunks(0, 16), true);
    check_answer(text, ByteRange::of_chunks(0, 1), false);
    check_answer(text, ByteRange::of_chunks(3, 2), true);
    return 0;
}

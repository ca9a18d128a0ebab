// Any bytes from an app that says it speaks HTTP to its proxy: no cut changes which requests they are, what passes on is one clean head
// each, and reading that head again gives the same request.

#include "client/front/byte_range.hpp"
#include "client/front/fetched_answer.hpp"
#include "client/front/http_refusal.hpp"
#include "client/front/http_status.hpp"
#include "client/front/origin_request.hpp"
#include "tests/fuzz/fuzz_bytes.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/client/front/cut_input.hpp"

using namespace ferry;
using namespace ferry::client;
using ferry::fuzz::FuzzBytes;
using ferry::fuzz::require;

namespace {

bool is_one_head(std::string_view text) { return text.ends_with("\r\n\r\n") && text.find("\r\n\r\n") == text.size() - 4; }

void check_answers(const HttpRequestHead& head) {
  FetchedResponse response;
  response.length = 1000;
  for (const auto& field : head.fields) response.headers.push_back({field.lower, field.value});
  if (const auto range = parse_range(head.find("range").value_or(""))) {
    response.part = resolve(*range, 1000);
    require(!response.part || (response.part->first <= response.part->last && response.part->last < 1000), "a part lies in the body");
  }
  const auto answer = fetched_head(head, response);
  require(is_one_head(answer.text), "an answer is one head");
  const bool is_let_in = authorized_app(head, Credentials{"u", "p"}).has_value();
  require(!is_let_in || head.find("proxy-authorization")->ends_with("dTpw"), "nobody gets in without the password");
}

/// What the origin reads is what the app meant.
void check_passed_on(const HttpRequestHead& head) {
  const auto text = origin_request_head(head);
  require(is_one_head(text), "a request passes on as one head");
  HttpHeadReader reader;
  const auto read = reader.feed(base::bytes_of(text));
  // Host is written anew and may be longer than what was sent.
  if (!read) {
    const auto status = http_status_of(read.error());
    require(status == 431 || status == 414, "what passes on is well formed");
    return;
  }
  require(reader.is_complete() && *read == text.size(), "what passes on is complete");
  const auto again = reader.take();
  require(again.method == head.method && again.is_chunked == head.is_chunked && again.content_length == head.content_length, "the framing stays");
  require(parse_destination(*again.find("host"), 80).value() == *head.target.destination, "Host is the target's");
  require(!again.find("proxy-authorization") && !again.find("te"), "what belongs to the connection stays behind");
  if (const auto fields = fetch_headers(head)) {
    for (const auto& field : *fields) {
      require(is_token(field.name) && lower_case(field.name) == field.name && !content::is_hop_by_hop(field.name), "a fetch's field is clean");
    }
  }
}

void check(const HttpOutcome& outcome) {
  for (const auto& [head, body] : outcome.requests) {
    require(head.fields.size() <= HttpHeadReader::kMaxFields, "fields are bounded");
    require(is_token(head.method), "a method is a token");
    require(!head.content_length || body.size() == *head.content_length, "a body is as long as it says");
    require(head.is_chunked || head.content_length || body.empty(), "no length, no body");
    check_answers(head);
    if (head.target.form == TargetForm::absolute) check_passed_on(head);
  }
  if (!outcome.error) return;
  const auto status = http_status_of(*outcome.error);
  require(status >= 400 && status <= 505 && status != 500 && status != 502, "a bad request has its own status");
  const auto refusal = http_refusal(*outcome.error, true);
  require(is_one_head(refusal), "a refusal is one head");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes{data, size};
  const auto whole = http_outcome(bytes, pieces_of(SIZE_MAX));
  check(whole);
  const auto text = text_of(whole);
  require(text_of(http_outcome(bytes, pieces_of(1))) == text, "single bytes give the same");
  FuzzBytes cuts(data, size);
  require(text_of(http_outcome(bytes, [&cuts] { return std::size_t{1} + cuts.below(64); })) == text, "any cut gives the same");
  return 0;
}

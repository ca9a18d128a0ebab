#include "protocol/wire/client_session.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/result_code.hpp"
#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

namespace {

Refused refused(std::uint32_t stream, const std::string& code) { return {StreamId{stream}, base::refusal(code, "text"), 0}; }

}  // namespace

TEST_CASE("client session: a request that the relay would call a fault is refused here") {
  ClientScript client;
  client.welcomed().act([](ClientSession& s) {
    Request bad = request(0);
    bad.headers = {{"a", "x\r\n"}};
    CHECK(refusal_of(s.open_stream(bad)) == "request_invalid");
    bad = request(0);
    bad.method = "";
    CHECK(refusal_of(s.open_stream(bad)) == "request_invalid");
    bad = request(0, kMaxWindow + 1);
    CHECK(refusal_of(s.open_stream(bad)) == "request_invalid");
  });
  client.expect_nothing();
  CHECK(client.open() == 1);
}

TEST_CASE("client session: streams are bounded, and numbered upwards on the wire whatever turn they take") {
  ClientScript client;
  client.welcomed();
  for (std::size_t i = 0; i < kMaxStreams; ++i) CHECK(client.session().open_stream(request(0)).has_value());
  CHECK(refusal_of(client.session().open_stream(request(0))) == "too_many_streams");
  client.session().add_window(StreamId{1}, 10);
  client.act([](ClientSession&) {});
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < kMaxStreams; ++i) {
    const auto id = client.expect_said<Request>().stream.value;
    CHECK(id == last + 1);
    last = id;
  }
  client.expect_said<Window>();
  client.feed(refused(7, "no")).expect<Refused>();
  CHECK(client.open() == kMaxStreams + 1);
}

TEST_CASE("client session: later requests do not overtake earlier ones in the turns of streams") {
  ClientScript client;
  client.welcomed();
  const auto one = client.open();
  // Stream 1 was served last; now it has more to say, and new ones come.
  for (int i = 0; i < 3; ++i) client.session().add_window(StreamId{one}, 1);
  CHECK(client.session().open_stream(request(0)).has_value());
  CHECK(client.session().next_message().has_value());
  for (int i = 0; i < 5; ++i) CHECK(client.session().open_stream(request(0)).has_value());
  client.act([](ClientSession&) {});
  std::uint32_t last = one;
  for (const auto& message : std::exchange(client.said(), {})) {
    if (const auto* asked = std::get_if<Request>(&message)) CHECK(asked->stream.value > std::exchange(last, asked->stream.value));
  }
  CHECK(last == 7);
}

TEST_CASE("client session: a relay goes on unseen only where that was allowed") {
  ClientScript waiting;
  const auto one = waiting.welcomed().open();
  waiting.feed(QuoteMessage{StreamId{one}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  waiting.feed(ClientScript::manifest(one, false)).expect_fault("message_order");

  ClientScript unseen;
  const auto two = unseen.welcomed().open(kInitialWindow, true);
  unseen.feed(QuoteMessage{StreamId{two}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  unseen.feed(ClientScript::manifest(two, false)).expect<ManifestMessage>();
}

TEST_CASE("client session: an acceptance is sent once, after the quote") {
  ClientScript client;
  const auto id = client.welcomed().open();
  client.act([id](ClientSession& s) { s.accept(StreamId{id}, nonce()); }).expect_nothing();
  client.feed(QuoteMessage{StreamId{id}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  client.act([id](ClientSession& s) { s.accept(StreamId{id}, nonce()); }).expect_said<Accept>();
  client.act([id](ClientSession& s) { s.accept(StreamId{id}, nonce()); }).expect_nothing();
}

TEST_CASE("client session: payload beyond the window is a fault") {
  ClientScript client;
  const auto id = client.welcomed().open_body(1000);
  client.feed(chunk(id, 600)).expect<ChunkMessage>();
  client.act([id](ClientSession& s) { s.add_window(StreamId{id}, 100); });
  CHECK(client.expect_said<Window>().bytes == 100);
  client.feed(chunk(id, 500)).expect<ChunkMessage>();
  client.feed(chunk(id, 1)).expect_fault("window_exceeded");
}

TEST_CASE("client session: it never opens more window than a relay takes") {
  ClientScript client;
  const auto id = client.welcomed().open_body(kMaxWindow - 10);
  client.act([id](ClientSession& s) { s.add_window(StreamId{id}, UINT64_MAX); });
  CHECK(client.expect_said<Window>().bytes == 10);
  client.act([id](ClientSession& s) { s.add_window(StreamId{id}, 1); }).expect_nothing();
}

TEST_CASE("client session: what was under way on a cancelled stream is dropped until its end") {
  ClientScript client;
  const auto id = client.welcomed().open_body(1000);
  client.act([id](ClientSession& s) { s.cancel(StreamId{id}); }).expect_said<Cancel>();
  client.act([id](ClientSession& s) {
          s.cancel(StreamId{id});
          s.add_window(StreamId{id}, 5);
          s.accept(StreamId{id}, nonce());
        })
      .expect_nothing();
  client.feed(chunk(id, 600)).expect_nothing();
  client.feed(Hashes{StreamId{id}, 0, std::vector<base::Hash256>(1)}).expect_nothing();
  client.feed(NeedVoucher{samples::channel(), StreamId{id}, {}, {}, {}, {}}).expect_nothing();
  CHECK(client.session().open_streams() == 1);
  client.feed(refused(id, "cancelled")).expect_nothing();
  CHECK(client.session().open_streams() == 0);
  client.feed(chunk(id, 1)).expect_fault("stream_unknown");
}

TEST_CASE("client session: a cancelled stream that was just done is done") {
  ClientScript client;
  const auto id = client.welcomed().open_body();
  client.act([id](ClientSession& s) { s.cancel(StreamId{id}); }).expect_said<Cancel>();
  client.feed(ClientScript::manifest(id, true)).expect_nothing();
  client.feed(Done{StreamId{id}}).expect_nothing();
  CHECK(client.session().open_streams() == 0);
}

TEST_CASE("client session: a cancelled stream keeps its window and its order") {
  ClientScript flooded;
  const auto one = flooded.welcomed().open_body(1000);
  flooded.act([one](ClientSession& s) { s.cancel(StreamId{one}); }).expect_said<Cancel>();
  flooded.feed(chunk(one, 1001)).expect_fault("window_exceeded");

  ClientScript confused;
  const auto two = confused.welcomed().open_body();
  confused.act([two](ClientSession& s) { s.cancel(StreamId{two}); }).expect_said<Cancel>();
  confused.feed(QuoteMessage{StreamId{two}, quote_with(nonce()), {}}).expect_fault("message_order");
}

TEST_CASE("client session: a stream that was never asked for is a fault") {
  ClientScript client;
  client.welcomed().feed(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}).expect_fault("stream_unknown");
}

TEST_CASE("client session: a leaving relay finishes what runs and gets nothing new") {
  ClientScript client;
  const auto id = client.welcomed().open_body();
  CHECK(client.feed(Goodbye{"draining", "use another"}).expect<RelayLeaving>().code == "draining");
  CHECK(refusal_of(client.session().open_stream(request(0))) == "session_closing");
  client.feed(chunk(id, 1000)).expect<ChunkMessage>();
  client.feed(Done{StreamId{id}}).expect<Done>();
  CHECK_FALSE(client.session().finished());
}

namespace {

Request witness_request(std::uint64_t window) {
  Request asked = request(0, window);
  asked.kind = StreamKind::witness;
  asked.accept_up_to = PriceLimit{};
  return asked;
}

std::uint32_t open_stream(ClientScript& client, const Request& asked) {
  std::uint32_t id = 0;
  client.act([&](ClientSession& session) { id = session.open_stream(asked).value().value; });
  client.expect_said<Request>();
  return id;
}

Witnessed word(std::uint32_t stream, std::uint64_t index, std::uint32_t bytes) {
  Witnessed out;
  out.stream = StreamId{stream};
  out.index = base::ChunkIndex{index};
  out.bytes = bytes;
  return out;
}

}  // namespace

TEST_CASE("client session: a witness sends hashes for which the window counts as for chunks, and no chunk") {
  ClientScript client;
  client.welcomed();
  const auto id = open_stream(client, witness_request(300));
  client.feed(QuoteMessage{StreamId{id}, {1}, {}}).expect<QuoteMessage>();
  client.feed(ManifestMessage{StreamId{id}, false, {1}, {}, {}, false, {}}).expect<ManifestMessage>();
  client.feed(word(id, 0, 200)).expect<Witnessed>();
  client.feed(word(id, 1, 100)).expect<Witnessed>();
  client.feed(word(id, 2, 1)).expect_fault("window_exceeded");
}

TEST_CASE("client session: a chunk on a witness's stream, and a word on another, are out of order") {
  for (const bool is_witness : {false, true}) {
    ClientScript client;
    client.welcomed();
    auto asked = witness_request(300);
    if (!is_witness) asked.kind = StreamKind::fetch;
    const auto id = open_stream(client, asked);
    client.feed(QuoteMessage{StreamId{id}, {1}, {}}).expect<QuoteMessage>();
    client.feed(ManifestMessage{StreamId{id}, false, {1}, {}, {}, false, {}}).expect<ManifestMessage>();
    if (is_witness) {
      auto chunk = samples::chunk();
      chunk.stream = StreamId{id};
      client.feed(chunk).expect_fault("message_order");
    } else {
      client.feed(word(id, 0, 1)).expect_fault("message_order");
    }
  }
}

#include "protocol/wire/relay_session.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

TEST_CASE("relay session: streams are numbered upwards") {
  RelayScript relay;
  relay.authenticated().feed(request(3)).expect<RequestCame>();
  relay.feed(request(4)).expect<RequestCame>();
  relay.feed(request(4)).expect_fault("stream_order");

  RelayScript backwards;
  backwards.authenticated().feed(request(3)).expect<RequestCame>();
  backwards.feed(request(2)).expect_fault("stream_order");
}

TEST_CASE("relay session: a quote is accepted once, by its nonce") {
  RelayScript().authenticated().quoted(1).feed(Accept{StreamId{1}, samples::bytes32<base::Salt>(0x78)}).expect_fault("quote_nonce");
  RelayScript().authenticated().accepted(1).feed(Accept{StreamId{1}, nonce()}).expect_fault("message_order");
  RelayScript early;
  early.authenticated().feed(request(1)).expect<RequestCame>();
  early.feed(Accept{StreamId{1}, nonce()}).expect_fault("message_order");
}

TEST_CASE("relay session: a quote too short for a nonce is accepted by none") {
  RelayScript relay;
  relay.authenticated().feed(request(1)).expect<RequestCame>();
  relay.act([](RelaySession& s) { s.send(QuoteMessage{StreamId{1}, base::Bytes(3, 1), {}}); }).expect_said<QuoteMessage>();
  relay.feed(Accept{StreamId{1}, nonce()}).expect_fault("quote_nonce");
}

TEST_CASE("relay session: messages on an ended stream are a race, on one never opened a fault") {
  const auto after_end = [](const ToRelay& message) {
    auto relay = std::make_unique<RelayScript>();
    relay->authenticated().accepted(1).act([](RelaySession& s) { s.send(Done{StreamId{1}}); }).expect_said<Done>();
    relay->feed(message);
    return relay;
  };
  after_end(Accept{StreamId{1}, nonce()})->expect_nothing();
  after_end(Window{StreamId{1}, 1})->expect_nothing();
  after_end(Cancel{StreamId{1}})->expect_nothing();
  after_end(Accept{StreamId{2}, nonce()})->expect_fault("stream_unknown");
  after_end(Window{StreamId{2}, 1})->expect_fault("stream_unknown");
  after_end(Cancel{StreamId{2}})->expect_fault("stream_unknown");
}

TEST_CASE("relay session: chunks take from the window, window messages add to it") {
  RelayScript relay;
  relay.authenticated().accepted(1, 300'000);
  relay.act([](RelaySession& s) { s.send(chunk(1, kMaxChunkPayload)); }).expect_said<ChunkMessage>();
  CHECK(relay.session().window(StreamId{1}) == 300'000 - kMaxChunkPayload);
  // Below a chunk: whoever waits is told.
  CHECK(relay.feed(Window{StreamId{1}, 1'000'000}).expect<WindowOpened>().stream == StreamId{1});
  CHECK(relay.session().window(StreamId{1}) == 1'300'000 - kMaxChunkPayload);
  // Above a chunk nobody waits.
  relay.feed(Window{StreamId{1}, 1}).expect_nothing();
  CHECK(relay.session().window(StreamId{9}) == 0);
}

TEST_CASE("relay session: a window may be filled to its limit and not beyond") {
  RelayScript relay;
  relay.authenticated().accepted(1, 10).feed(Window{StreamId{1}, kMaxWindow - 10}).expect<WindowOpened>();
  CHECK(relay.session().window(StreamId{1}) == kMaxWindow);
  relay.feed(Window{StreamId{1}, 1}).expect_fault("window_exceeded");
}

TEST_CASE("relay session: a slow stream does not hold another") {
  RelayScript relay;
  relay.authenticated().accepted(1, 0).accepted(2);
  // Stream 1 has no window and gets nothing; stream 2 goes on.
  for (int i = 0; i < 4; ++i) relay.act([](RelaySession& s) { s.send(chunk(2, 1000)); }).expect_said<ChunkMessage>();
  CHECK(relay.feed(Window{StreamId{1}, 5000}).expect<WindowOpened>().stream == StreamId{1});

  relay.act([](RelaySession& s) {
    for (int i = 0; i < 3; ++i) s.send(chunk(2, 1000));
    s.send(chunk(1, 1000));
  });
  std::string order;
  while (!relay.said().empty()) order += std::to_string(relay.expect_said<ChunkMessage>().stream.value);
  CHECK((order == "1222" || order == "2122"));
}

TEST_CASE("relay session: streams above the limit are refused, and count until their last message is written") {
  RelayScript relay(2);
  relay.authenticated().accepted(1).accepted(2);
  relay.feed(request(3));
  const auto refused = relay.expect_said<Refused>();
  CHECK(refused.stream == StreamId{3});
  CHECK(refused.error.code == "too_many_streams");
  CHECK(refused.error.kind == base::ErrorKind::refusal);
  relay.expect_nothing();
  CHECK_FALSE(relay.session().is_open(StreamId{3}));
  // The client does not know yet: what it says on 3 is a race.
  relay.feed(Window{StreamId{3}, 5}).expect_nothing();
  relay.feed(Cancel{StreamId{3}}).expect_nothing();

  relay.session().send(Done{StreamId{1}});  // queued, not written
  CHECK(relay.session().open_streams() == 1);
  const auto refused_again = relay.session().receive(samples::bytes_of(ToRelay{request(4)}), relay.now());
  CHECK((refused_again && !*refused_again));
  relay.act([](RelaySession&) {});
  CHECK(relay.expect_said<Refused>().stream == StreamId{4});
  relay.expect_said<Done>();
  relay.feed(request(5)).expect<RequestCame>();
}

TEST_CASE("relay session: a cancel drops what is queued and is answered at once") {
  RelayScript relay;
  relay.authenticated().accepted(1).accepted(2);
  relay.session().send(chunk(1, 1000));
  relay.session().send(chunk(1, 1000));
  relay.session().send(chunk(2, 500));
  CHECK(relay.feed(Cancel{StreamId{1}}).expect<StreamCancelled>().stream == StreamId{1});
  const auto refused = relay.expect_said<Refused>();
  CHECK(refused.stream == StreamId{1});
  CHECK(refused.error.code == "cancelled");
  CHECK(refused.error.kind == base::ErrorKind::refusal);
  CHECK(relay.expect_said<ChunkMessage>().stream == StreamId{2});
  CHECK(relay.session().queued_bytes() == 0);
  // Whoever still works for it is not heard.
  relay.act([](RelaySession& s) { serve(s, 1); }).expect_nothing();
  relay.act([](RelaySession& s) { s.send(Refused{StreamId{1}, base::refusal("late", "late"), 0}); }).expect_nothing();
  relay.feed(Cancel{StreamId{1}}).expect_nothing();
}

TEST_CASE("relay session: a cancel cuts a stream short whose end still waits in the queue") {
  RelayScript relay;
  relay.authenticated().accepted(1);
  relay.session().send(chunk(1, 1000));
  relay.session().send(Done{StreamId{1}});
  relay.feed(Cancel{StreamId{1}});
  CHECK(relay.expect_said<Refused>().error.code == "cancelled");
  relay.expect_nothing();
}

TEST_CASE("relay session: draining refuses new streams and ends the others in order") {
  RelayScript relay;
  relay.authenticated().accepted(1);
  relay.act([](RelaySession& s) { s.send_goodbye("draining", "use another relay"); });
  CHECK(relay.expect_said<Goodbye>().code == "draining");
  relay.feed(request(2));
  CHECK(relay.expect_said<Refused>().error.code == "session_closing");
  relay.feed(Window{StreamId{1}, 100}).expect_nothing();
  relay.act([](RelaySession& s) { serve(s, 1); });
  CHECK(relay.said().size() == 5);
  relay.said().clear();
  CHECK(relay.session().open_streams() == 0);
  CHECK_FALSE(relay.session().finished());
}

TEST_CASE("relay session: a leaving client gets no new stream") {
  RelayScript relay;
  relay.authenticated().feed(Goodbye{"done", "bye"}).expect<PeerLeaving>();
  relay.feed(request(1));
  CHECK(relay.expect_said<Refused>().error.code == "session_closing");
}

TEST_CASE("relay session: requests without reading do not pile up either") {
  RelayScript relay(4);
  relay.authenticated();
  base::Result<std::optional<RelayEvent>> received{};
  std::uint32_t id = 0;
  while (received && ++id < 1'000'000) {
    received = relay.session().receive(samples::bytes_of(ToRelay{request(id)}), relay.now());
    if (received && *received) relay.session().send(Refused{StreamId{id}, base::refusal("no", "no"), 0});
  }
  REQUIRE_FALSE(received.has_value());
  CHECK(received.error().code == "answers_not_read");
}

// Tunnels as the relay's session sees them.

#include "protocol/wire/relay_session.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

namespace {

Window window(std::uint64_t bytes) { return {StreamId{1}, bytes}; }

TunnelMeter meter() { return {StreamId{1}, 10, 20, {}, {}}; }

void send_window(RelayScript& relay, std::uint64_t bytes) {
  relay.act([bytes](RelaySession& s) { s.send(window(bytes)); });
}

}  // namespace

TEST_CASE("relay session tunnels: one goes from its request to its end") {
  RelayScript relay;
  const auto asked = relay.authenticated().feed(tunnel(1, 1000)).expect<TunnelAsked>().message;
  CHECK(asked.host == "example.org");
  CHECK(asked.port == 443);
  CHECK(relay.session().window(StreamId{1}) == 1000);
  relay.act([](RelaySession& s) { s.send(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}); }).expect_said<QuoteMessage>();
  CHECK(relay.feed(Accept{StreamId{1}, nonce()}).expect<QuoteAccepted>().stream == StreamId{1});
  relay.act([](RelaySession& s) { s.send(TunnelOpened{StreamId{1}}); }).expect_said<TunnelOpened>();
  const auto came = relay.feed(data(1, 5)).expect<TunnelDataCame>();
  CHECK(came.stream == StreamId{1});
  CHECK(base::Bytes(came.bytes.begin(), came.bytes.end()) == base::Bytes(5, 7));
  CHECK_FALSE(relay.feed(TunnelEnd{StreamId{1}, false}).expect<TunnelEndCame>().reset);
  relay.act([](RelaySession& s) {
    s.send(data(1, 600));
    s.send(TunnelEnd{StreamId{1}, false});
    s.send(meter());
    s.send(Done{StreamId{1}});
  });
  CHECK(relay.expect_said<TunnelData>().payload.bytes.size() == 600);
  CHECK_FALSE(relay.expect_said<TunnelEnd>().reset);
  CHECK(relay.expect_said<TunnelMeter>().up_bytes == 20);
  relay.expect_said<Done>();
  CHECK(relay.session().open_streams() == 0);
}

TEST_CASE("relay session tunnels: early data comes before the quote, and no more than its window") {
  RelayScript relay;
  relay.authenticated().tunnel_asked(1);
  CHECK(relay.feed(data(1, kInitialUpWindow - 1)).expect<TunnelDataCame>().bytes.size() == kInitialUpWindow - 1);
  relay.feed(data(1, 1)).expect<TunnelDataCame>();
  relay.feed(data(1, 1)).expect_fault("window_exceeded");
}

TEST_CASE("relay session tunnels: what comes up takes from the window that the relay opens") {
  RelayScript relay;
  relay.authenticated().tunnel_open(1).feed(data(1, kInitialUpWindow)).expect<TunnelDataCame>();
  send_window(relay, 500);
  CHECK(relay.expect_said<Window>().bytes == 500);
  relay.feed(data(1, 400)).expect<TunnelDataCame>();
  relay.feed(data(1, 101)).expect_fault("window_exceeded");
}

TEST_CASE("relay session tunnels: it never opens more window than a client takes") {
  RelayScript relay;
  relay.authenticated().tunnel_open(1);
  send_window(relay, UINT64_MAX);
  CHECK(relay.expect_said<Window>().bytes == kMaxWindow - kInitialUpWindow);
  send_window(relay, 1);
  relay.expect_nothing();
  relay.feed(data(1, 10)).expect<TunnelDataCame>();
  send_window(relay, 20);
  CHECK(relay.expect_said<Window>().bytes == 10);
}

TEST_CASE("relay session tunnels: no window is opened to a client that has ended, nor on another stream than a tunnel's") {
  RelayScript relay;
  relay.authenticated().tunnel_open(1).feed(TunnelEnd{StreamId{1}, false}).expect<TunnelEndCame>();
  send_window(relay, 500);
  relay.expect_nothing();

  RelayScript fetch;
  fetch.authenticated().accepted(1);
  send_window(fetch, 500);
  fetch.expect_nothing();
}

TEST_CASE("relay session tunnels: what goes down takes from the client's window") {
  RelayScript relay;
  relay.authenticated().tunnel_open(1, 1000);
  relay.act([](RelaySession& s) { s.send(data(1, 900)); }).expect_said<TunnelData>();
  CHECK(relay.session().window(StreamId{1}) == 100);
  CHECK(relay.feed(window(50)).expect<WindowOpened>().stream == StreamId{1});
  CHECK(relay.session().window(StreamId{1}) == 150);
  relay.feed(window(kMaxWindow)).expect_fault("window_exceeded");
}

TEST_CASE("relay session tunnels: data behind its end is a fault, a reset is not") {
  const auto ended = [](bool reset) {
    auto relay = std::make_unique<RelayScript>();
    relay->authenticated().tunnel_open(1).feed(TunnelEnd{StreamId{1}, reset}).expect<TunnelEndCame>();
    return relay;
  };
  ended(false)->feed(data(1, 1)).expect_fault("message_order");
  ended(false)->feed(TunnelEnd{StreamId{1}, false}).expect_fault("message_order");
  CHECK(ended(false)->feed(TunnelEnd{StreamId{1}, true}).expect<TunnelEndCame>().reset);
  ended(true)->feed(data(1, 1)).expect_fault("message_order");
  ended(true)->feed(TunnelEnd{StreamId{1}, true}).expect_fault("message_order");
}

TEST_CASE("relay session tunnels: a fetch takes nothing of a tunnel") {
  RelayScript().authenticated().accepted(1).feed(data(1, 1)).expect_fault("message_order");
  RelayScript().authenticated().accepted(1).feed(TunnelEnd{StreamId{1}, true}).expect_fault("message_order");
}

TEST_CASE("relay session tunnels: data on an ended one is a race, on one never opened a fault") {
  const auto after_end = [](const ToRelay& message) {
    auto relay = std::make_unique<RelayScript>();
    relay->authenticated().tunnel_open(1).act([](RelaySession& s) { s.send(Done{StreamId{1}}); }).expect_said<Done>();
    relay->feed(message);
    return relay;
  };
  after_end(data(1, 1))->expect_nothing();
  after_end(data(1, kMaxUpPayload))->expect_nothing();
  after_end(TunnelEnd{StreamId{1}, false})->expect_nothing();
  after_end(data(2, 1))->expect_fault("stream_unknown");
  after_end(TunnelEnd{StreamId{2}, false})->expect_fault("stream_unknown");
}

TEST_CASE("relay session tunnels: they are numbered and counted like requests, and early data of a refused one is ignored") {
  RelayScript relay(2);
  relay.authenticated().accepted(1).tunnel_open(2);
  relay.feed(tunnel(3));
  const auto refused = relay.expect_said<Refused>();
  CHECK(refused.stream == StreamId{3});
  CHECK(refused.error.code == "too_many_streams");
  relay.feed(data(3, 100)).expect_nothing();
  relay.feed(TunnelEnd{StreamId{3}, false}).expect_nothing();
  relay.feed(tunnel(3)).expect_fault("stream_order");

  RelayScript draining;
  draining.authenticated().act([](RelaySession& s) { s.send_goodbye("draining", ""); }).expect_said<Goodbye>();
  draining.feed(tunnel(1));
  CHECK(draining.expect_said<Refused>().error.code == "session_closing");
}

TEST_CASE("relay session tunnels: a cancel drops what is queued, and whoever still works for it is not heard") {
  RelayScript relay;
  relay.authenticated().tunnel_open(1);
  relay.session().send(data(1, 1000));
  CHECK(relay.feed(Cancel{StreamId{1}}).expect<StreamCancelled>().stream == StreamId{1});
  CHECK(relay.expect_said<Refused>().error.code == "cancelled");
  CHECK(relay.session().queued_bytes() == 0);
  relay
      .act([](RelaySession& s) {
        s.send(data(1, 10));
        s.send(window(10));
        s.send(meter());
        s.send(TunnelEnd{StreamId{1}, true});
        s.send(Done{StreamId{1}});
      })
      .expect_nothing();
  relay.feed(data(1, 5)).expect_nothing();
}

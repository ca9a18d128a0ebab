// Tunnels as the client's session sees them.

#include "protocol/wire/client_session.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/protocol/wire/result_code.hpp"
#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

namespace {

void send_data(ClientScript& client, std::uint32_t id, std::size_t bytes) {
  client.act([&](ClientSession& s) { s.send_data(StreamId{id}, data(id, bytes).payload); });
}

void end_tunnel(ClientScript& client, std::uint32_t id, bool reset) {
  client.act([&](ClientSession& s) { s.end_tunnel(StreamId{id}, reset); });
}

TunnelMeter meter(std::uint32_t id) { return {StreamId{id}, 10, 20, {}, {}}; }

}  // namespace

TEST_CASE("client session tunnels: one goes from its request to its end") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel(1000);
  send_data(client, id, 5);
  CHECK(client.expect_said<TunnelData>().payload.bytes.size() == 5);
  CHECK(client.session().up_window(StreamId{id}) == kInitialUpWindow - 5);
  CHECK(client.feed(data(id, 600)).expect<TunnelData>().payload.bytes.size() == 600);
  end_tunnel(client, id, false);
  CHECK_FALSE(client.expect_said<TunnelEnd>().reset);
  CHECK_FALSE(client.feed(TunnelEnd{StreamId{id}, false}).expect<TunnelEnd>().reset);
  CHECK(client.feed(meter(id)).expect<TunnelMeter>().down_bytes == 10);
  client.feed(Done{StreamId{id}}).expect<Done>();
  CHECK(client.session().open_streams() == 0);
  CHECK(client.session().up_window(StreamId{id}) == 0);
}

TEST_CASE("client session tunnels: what the relay would call a fault is refused here") {
  ClientScript client;
  client.welcomed().act([](ClientSession& s) {
    OpenTunnel bad = tunnel(0);
    bad.host.clear();
    CHECK(refusal_of(s.open_tunnel(bad)) == "request_invalid");
    bad.host = std::string(kMaxTunnelHost + 1, 'h');
    CHECK(refusal_of(s.open_tunnel(bad)) == "request_invalid");
    bad.host = std::string("a\0b", 3);
    CHECK(refusal_of(s.open_tunnel(bad)) == "request_invalid");
    bad = tunnel(0);
    bad.port = 0;
    CHECK(refusal_of(s.open_tunnel(bad)) == "request_invalid");
    CHECK(refusal_of(s.open_tunnel(tunnel(0, kMaxWindow + 1))) == "request_invalid");
  });
  client.expect_nothing();
  CHECK(client.ask_tunnel() == 1);
  CHECK(client.open() == 2);
}

TEST_CASE("client session tunnels: none is opened before the welcome, after a goodbye, or above the limit of streams") {
  ClientScript early;
  early.greeted();
  CHECK(refusal_of(early.session().open_tunnel(tunnel(0))) == "not_welcomed");
  ClientScript leaving;
  leaving.welcomed().feed(Goodbye{}).expect<RelayLeaving>();
  CHECK(refusal_of(leaving.session().open_tunnel(tunnel(0))) == "session_closing");
  ClientScript full;
  full.welcomed();
  for (std::size_t i = 0; i < kMaxStreams; ++i) CHECK(refusal_of(full.session().open_tunnel(tunnel(0))) == "ok");
  CHECK(refusal_of(full.session().open_tunnel(tunnel(0))) == "too_many_streams");
}

TEST_CASE("client session tunnels: early data and the end follow the request at once, in order") {
  ClientScript client;
  client.welcomed().act([](ClientSession& s) {
    const auto id = s.open_tunnel(tunnel(0)).value();
    s.send_data(id, data(1, 300).payload);
    s.end_tunnel(id, false);
  });
  client.expect_said<OpenTunnel>();
  CHECK(client.expect_said<TunnelData>().payload.bytes.size() == 300);
  client.expect_said<TunnelEnd>();
  client.feed(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}).expect<QuoteMessage>();
}

TEST_CASE("client session tunnels: the relay's window adds to what may be sent, before the quote too") {
  ClientScript client;
  const auto id = client.welcomed().ask_tunnel();
  CHECK(client.session().up_window(StreamId{id}) == kInitialUpWindow);
  send_data(client, id, kMaxUpPayload);
  client.expect_said<TunnelData>();
  CHECK(client.session().up_window(StreamId{id}) == 0);
  CHECK(client.feed(Window{StreamId{id}, 700}).expect<Window>().bytes == 700);
  CHECK(client.session().up_window(StreamId{id}) == 700);
}

TEST_CASE("client session tunnels: a window above its limit is a fault") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel();
  client.feed(Window{StreamId{id}, kMaxWindow - kInitialUpWindow}).expect<Window>();
  CHECK(client.session().up_window(StreamId{id}) == kMaxWindow);
  client.feed(Window{StreamId{id}, 1}).expect_fault("window_exceeded");
}

TEST_CASE("client session tunnels: data beyond its window is a fault") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel(1000);
  client.feed(data(id, 600)).expect<TunnelData>();
  client.act([id](ClientSession& s) { s.add_window(StreamId{id}, 100); }).expect_said<Window>();
  client.feed(data(id, 500)).expect<TunnelData>();
  client.feed(data(id, 1)).expect_fault("window_exceeded");
}

TEST_CASE("client session tunnels: a relay connects unseen only where that was allowed") {
  ClientScript waiting;
  const auto one = waiting.welcomed().ask_tunnel();
  waiting.feed(QuoteMessage{StreamId{one}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  waiting.feed(TunnelOpened{StreamId{one}}).expect_fault("message_order");

  ClientScript unseen;
  const auto two = unseen.welcomed().ask_tunnel(kInitialWindow, true);
  unseen.feed(QuoteMessage{StreamId{two}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  unseen.feed(TunnelOpened{StreamId{two}}).expect<TunnelOpened>();
}

TEST_CASE("client session tunnels: the relay's data behind its end is a fault, its reset is not") {
  const auto ended = [](bool reset) {
    auto client = std::make_unique<ClientScript>();
    client->welcomed().open_tunnel();
    client->feed(TunnelEnd{StreamId{1}, reset}).expect<TunnelEnd>();
    return client;
  };
  ended(false)->feed(data(1, 1)).expect_fault("message_order");
  ended(false)->feed(TunnelEnd{StreamId{1}, false}).expect_fault("message_order");
  CHECK(ended(false)->feed(TunnelEnd{StreamId{1}, true}).expect<TunnelEnd>().reset);
  ended(true)->feed(TunnelEnd{StreamId{1}, true}).expect_fault("message_order");
}

TEST_CASE("client session tunnels: it sends nothing behind its end but one reset") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel();
  end_tunnel(client, id, false);
  client.expect_said<TunnelEnd>();
  CHECK(client.session().up_window(StreamId{id}) == 0);
  send_data(client, id, 1);
  client.expect_nothing();
  end_tunnel(client, id, false);
  client.expect_nothing();
  end_tunnel(client, id, true);
  CHECK(client.expect_said<TunnelEnd>().reset);
  end_tunnel(client, id, true);
  client.expect_nothing();
  // The relay has not heard it yet.
  client.feed(data(id, 10)).expect<TunnelData>();
}

TEST_CASE("client session tunnels: a fetch is told nothing of a tunnel, a tunnel nothing of a fetch") {
  const auto fetch = [](const ToClient& message) {
    ClientScript client;
    client.welcomed().open_body();
    client.feed(message).expect_fault("message_order");
  };
  fetch(data(1, 1));
  fetch(TunnelEnd{StreamId{1}, true});
  fetch(meter(1));
  fetch(Window{StreamId{1}, 1});
  const auto tunneled = [](const ToClient& message) {
    ClientScript client;
    client.welcomed().open_tunnel();
    client.feed(message).expect_fault("message_order");
  };
  tunneled(chunk(1, 1));
  tunneled(Hashes{StreamId{1}, 0, std::vector<base::Hash256>(1)});
  tunneled(ClientScript::manifest(1, true));
}

TEST_CASE("client session tunnels: messages on an ended one are a fault") {
  for (const ToClient& message : {ToClient{data(1, 1)}, ToClient{Window{StreamId{1}, 1}}, ToClient{TunnelEnd{StreamId{1}, true}}, ToClient{meter(1)}}) {
    ClientScript client;
    client.welcomed().open_tunnel();
    client.feed(Done{StreamId{1}}).expect<Done>();
    client.feed(message).expect_fault("stream_unknown");
  }
}

TEST_CASE("client session tunnels: what still waits to be sent when one ends is not sent") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel();
  client.session().send_data(StreamId{id}, data(id, 1000).payload);
  client.feed(Done{StreamId{id}});
  client.expect<Done>();
  client.expect_nothing();
  CHECK(client.session().queued_bytes(StreamId{id}) == 0);
}

TEST_CASE("client session tunnels: what was under way on a cancelled one is dropped until its end") {
  ClientScript client;
  const auto id = client.welcomed().open_tunnel(1000);
  client.session().send_data(StreamId{id}, data(id, 10).payload);
  client.act([id](ClientSession& s) { s.cancel(StreamId{id}); });
  client.expect_said<TunnelData>();
  client.expect_said<Cancel>();
  CHECK(client.session().up_window(StreamId{id}) == 0);
  send_data(client, id, 1);
  client.expect_nothing();
  end_tunnel(client, id, true);
  client.expect_nothing();
  client.feed(data(id, 600)).expect_nothing();
  client.feed(Window{StreamId{id}, 5}).expect_nothing();
  client.feed(meter(id)).expect_nothing();
  client.feed(TunnelEnd{StreamId{id}, false}).expect_nothing();
  client.feed(Refused{StreamId{id}, base::refusal("cancelled", "text"), 0}).expect_nothing();
  CHECK(client.session().open_streams() == 0);

  ClientScript flooded;
  const auto two = flooded.welcomed().open_tunnel(1000);
  flooded.act([two](ClientSession& s) { s.cancel(StreamId{two}); }).expect_said<Cancel>();
  flooded.feed(data(two, 1001)).expect_fault("window_exceeded");
}

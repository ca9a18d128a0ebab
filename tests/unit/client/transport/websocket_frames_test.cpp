#include "client/transport/websocket_frames.hpp"

#include <doctest/doctest.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <deque>

#include "protocol/wire/limits.hpp"
#include "tests/unit/client/test_relay.hpp"
#include "tests/unit/client/transport/read_frames.hpp"

namespace ferry::client {

using testing::pattern;

namespace {

/// An unmasked frame, as a server sends it.
base::Bytes server_frame(int first_byte, const base::Bytes& payload) {
  base::Bytes out{static_cast<std::uint8_t>(first_byte)};
  const auto size = payload.size();
  if (size < 126) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 65536) {
    out.insert(out.end(), {126, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
  } else {
    out.insert(out.end(), {127, 0, 0, 0, 0});
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

base::Bytes joined(std::initializer_list<base::Bytes> parts) {
  base::Bytes out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// In pieces of `step` bytes.
testing::FramesRead read_all(const base::Bytes& stream, std::size_t step) {
  return testing::read_frames(base::ByteView{stream}, [step] { return step; });
}

}  // namespace

TEST_CASE("frames: messages of every length are read in every fragmentation") {
  base::Bytes stream;
  std::vector<base::Bytes> sent;
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 300U}) {
    sent.push_back(pattern(size, static_cast<std::uint32_t>(size)));
    stream = joined({stream, server_frame(0x82, sent.back())});
  }
  for (std::size_t step = 1; step <= 40; ++step) CHECK(read_all(stream, step).messages == sent);
  CHECK(read_all(stream, stream.size()).messages == sent);
}

TEST_CASE("frames: a long message is read whole, the longest that is allowed too") {
  for (const std::size_t size : {std::size_t{65535}, std::size_t{65536}, wire::kMaxMessageToClient}) {
    const auto body = pattern(size);
    const auto read = read_all(server_frame(0x82, body), 16384);
    REQUIRE(read.messages.size() == 1);
    CHECK(read.messages[0] == body);
  }
  CHECK(read_all(server_frame(0x82, pattern(wire::kMaxMessageToClient + 1)), 16384).error->code == "websocket");
}

TEST_CASE("frames: a message in parts is one, with control frames in between") {
  const auto stream = joined({server_frame(0x02, {1, 2}), server_frame(0x89, {9}), server_frame(0x00, {3}), server_frame(0x8a, {}), server_frame(0x80, {4})});
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, stream.size()}) {
    const auto read = read_all(stream, step);
    CHECK(read.messages == std::vector<base::Bytes>{{1, 2, 3, 4}});
    CHECK(read.pings == std::vector<base::Bytes>{{9}});
  }
}

TEST_CASE("frames: a close frame ends the stream") {
  const auto read = read_all(joined({server_frame(0x82, {1}), server_frame(0x88, {3, 232}), server_frame(0x82, {2})}), 7);
  CHECK(read.messages == std::vector<base::Bytes>{{1}});
  CHECK(read.closed);
}

TEST_CASE("frames: what breaks the protocol is the relay's fault") {
  const base::Bytes huge{0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0};
  for (const auto& stream : {server_frame(0x81, {1}),                                         // text
                             server_frame(0xC2, {1}),                                         // reserved bit
                             server_frame(0x80, {1}),                                         // continues nothing
                             joined({server_frame(0x02, {1}), server_frame(0x82, {1})}),      // begins inside another
                             server_frame(0x09, {1}),                                         // a ping in parts
                             server_frame(0x89, pattern(126)),                                // a long ping
                             server_frame(0x83, {1}),                                         // unknown
                             base::Bytes{0x82, 0x81, 0, 0, 0, 0, 1},                          // masked
                             huge}) {
    const auto read = read_all(stream, 1);
    REQUIRE(read.error);
    CHECK(read.error->kind == base::ErrorKind::peer_fault);
    CHECK(read.messages.empty());
  }
}

TEST_CASE("frames: an error of the source is passed on") {
  MessagePool pool;
  FrameReader reader(pool);
  const auto read = reader.next([](base::MutableByteView) -> base::Result<std::size_t> { return base::fail(base::peer_fault("tls", "gone")); });
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == "tls");
}

TEST_CASE("frames: buffers are reused, and live as long as a message is held") {
  MessagePool pool;
  FrameReader reader(pool);
  const auto one = server_frame(0x82, {1, 2, 3});
  std::deque<std::uint8_t> bytes;
  const FrameReader::Source source = [&](base::MutableByteView out) -> base::Result<std::size_t> {
    const auto count = std::min(out.size(), bytes.size());
    std::copy_n(bytes.begin(), count, out.begin());
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  };
  bytes.assign(one.begin(), one.end());
  auto held = reader.next(source);
  const auto* first = (*held)->bytes.data();
  CHECK(pool.idle() == 0);
  bytes.assign(one.begin(), one.end());
  CHECK((*reader.next(source))->bytes.data() != first);
  CHECK((*held)->bytes[2] == 3);
  held = std::nullopt;
  CHECK(pool.idle() == 2);
  bytes.assign(one.begin(), one.end());
  CHECK((*reader.next(source))->bytes.data() == first);
}

TEST_CASE("frames: what is written is read by wslay, and masked anew each time") {
  struct Peer {
    base::Bytes stream;
    std::size_t given = 0;
    std::vector<base::Bytes> messages;
  } peer;
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 100000U}) {
    const auto body = pattern(size);
    const auto view = base::ByteView{body};
    write_frame(Opcode::binary, view.first(size / 3), view.subspan(size / 3), peer.stream);
  }
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = [](wslay_event_context_ptr context, uint8_t* data, size_t size, int, void* user) -> ssize_t {
    auto& from = *static_cast<Peer*>(user);
    const auto count = std::min(size, from.stream.size() - from.given);
    if (count == 0) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    std::memcpy(data, from.stream.data() + from.given, count);
    from.given += count;
    return static_cast<ssize_t>(count);
  };
  callbacks.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* arg, void* user) {
    static_cast<Peer*>(user)->messages.emplace_back(arg->msg, arg->msg + arg->msg_length);
  };
  wslay_event_context_ptr server = nullptr;
  REQUIRE(wslay_event_context_server_init(&server, &callbacks, &peer) == 0);
  wslay_event_config_set_max_recv_msg_length(server, 1 << 20);
  CHECK(wslay_event_recv(server) == 0);
  REQUIRE(peer.messages.size() == 7);
  CHECK(peer.messages[4] == pattern(65535));
  CHECK(peer.messages[6] == pattern(100000));
  wslay_event_context_free(server);

  base::Bytes one, two;
  write_frame(Opcode::binary, {}, base::ByteView{peer.messages[3]}, one);
  write_frame(Opcode::binary, {}, base::ByteView{peer.messages[3]}, two);
  CHECK(one != two);
}

}  // namespace ferry::client

#pragma once
// A session under test as a script: feed() it what the peer says, expect() what it makes of it and what it says. Whatever a session says
// must be expected, else the next step fails. Time is virtual. Keys and exporter are fixed.

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/wire/client_session.hpp"
#include "protocol/wire/relay_session.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"

namespace ferry::wire::script {

inline constexpr base::Time kStart{1'800'000'000'000};
inline Exporter exporter() { return samples::bytes32<Exporter>(0x3c); }
inline base::SecretKey relay_key() { return base::SecretKey::from_bytes(base::Bytes(32, 0x11)).value(); }
inline base::SecretKey client_key() { return base::SecretKey::from_bytes(base::Bytes(32, 0x22)).value(); }

inline base::Signature relay_proof(const Exporter& of) {
  const auto key = relay_key();
  return key.sign(relay_proof_digest(of, key.address()));
}

inline Authenticate authenticate(const Exporter& of) {
  const auto key = client_key();
  return {key.address(), key.sign(client_proof_digest(of, relay_key().address(), key.address()))};
}

/// A packed quote as far as a session looks at it: anything that ends with the nonce.
inline base::Bytes quote_with(const base::Salt& nonce) {
  base::Bytes out(3 + nonce.data.size(), 0xc0);
  std::copy(nonce.data.begin(), nonce.data.end(), out.begin() + 3);
  return out;
}

inline base::Salt nonce() { return samples::bytes32<base::Salt>(0x77); }

inline Request request(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
  Request out = samples::request();
  out.stream = base::StreamId{stream};
  out.accept_up_to.reset();
  out.window = window;
  return out;
}

inline ChunkMessage chunk(std::uint32_t stream, std::size_t bytes) {
  const auto content = std::make_shared<base::Bytes>(bytes, std::uint8_t{7});
  ChunkMessage out = samples::chunk();
  out.stream = base::StreamId{stream};
  out.payload = Payload{content, *content};
  return out;
}

/// A quote, both manifests and a chunk: what an honest relay says to a small request.
inline void serve(RelaySession& session, std::uint32_t stream) {
  session.send(ManifestMessage{base::StreamId{stream}, false, {0xc0}, {}, {}, false, {}});
  session.send(Hashes{base::StreamId{stream}, 0, std::vector<base::Hash256>(1)});
  session.send(chunk(stream, 1000));
  session.send(ManifestMessage{base::StreamId{stream}, true, {0xc0}, {}, {}, false, {}});
  session.send(Done{base::StreamId{stream}});
}

inline OpenTunnel tunnel(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
  return {base::StreamId{stream}, samples::channel(), {}, "example.org", 443, {}, window};
}

inline TunnelData data(std::uint32_t stream, std::size_t bytes) {
  const auto content = std::make_shared<base::Bytes>(bytes, std::uint8_t{7});
  return {base::StreamId{stream}, Payload{content, *content}};
}

/// What both scripts share. `In` and `Out` are the variants of messages that the session reads and writes.
template <typename Derived, typename In, typename Out, typename Event>
class Script {
 public:
  Script() = default;
  Script(const Script&) = delete;  // the session refers to its keys
  Script& operator=(const Script&) = delete;

  Derived& feed(const In& message) { return feed_bytes(samples::bytes_of(message)); }

  Derived& feed_bytes(const base::Bytes& bytes) {
    step();
    fed_ = bytes;  // a tunnel's event is a view of it
    auto received = self().receive(fed_);
    if (received) {
      event_ = std::move(*received);
    } else {
      error_ = received.error();
    }
    return collect();
  }

  /// Time passes, and the session is told.
  Derived& wait(base::Duration duration) {
    step();
    now_ = now_ + duration;
    if (const auto advanced = self().session().advance(now_); !advanced) error_ = advanced.error();
    return collect();
  }

  /// The owner of the session does something.
  template <typename Action>
  Derived& act(Action action) {
    step();
    action(self().session());
    return collect();
  }

  /// The step gave this event.
  template <typename Wanted>
  Wanted expect() {
    REQUIRE_MESSAGE(!error_, "unexpected fault: " << (error_ ? error_->code + ": " + error_->message : ""));
    REQUIRE(event_.has_value());
    REQUIRE(std::holds_alternative<Wanted>(*event_));
    Wanted event = std::get<Wanted>(std::move(*event_));
    event_.reset();
    return event;
  }

  /// The session said this next.
  template <typename Wanted>
  Wanted expect_said() {
    REQUIRE_FALSE(said_.empty());
    REQUIRE(std::holds_alternative<Wanted>(said_.front()));
    Wanted message = std::get<Wanted>(std::move(said_.front()));
    said_.erase(said_.begin());
    return message;
  }

  /// The step gave no event, no fault and no (more) message.
  Derived& expect_nothing() {
    CHECK_MESSAGE(!error_, "unexpected fault: " << (error_ ? error_->code + ": " + error_->message : ""));
    CHECK_FALSE(event_.has_value());
    CHECK(said_.empty());
    return self();
  }

  /// The step was found to be the peer's fault: told by a goodbye and nothing else, and for good.
  Derived& expect_fault(const std::string& code) {
    REQUIRE(error_.has_value());
    CHECK(error_->code == code);
    CHECK(error_->kind == base::ErrorKind::peer_fault);
    CHECK_FALSE(error_->message.empty());
    CHECK(self().session().finished());
    CHECK(self().session().open_streams() == 0);
    error_.reset();
    CHECK(expect_said<Goodbye>().code == code);
    CHECK(said_.empty());
    const auto after = self().receive(samples::bytes_of(In{Ping{1}}));
    CHECK((!after && after.error().code == "session_finished"));
    CHECK_FALSE(self().session().has_messages());
    CHECK(self().session().advance(now_ + std::chrono::hours{1}).has_value());
    return self();
  }

  const std::optional<base::Error>& error() const { return error_; }
  bool has_event() const { return event_.has_value(); }
  std::vector<Out>& said() { return said_; }
  base::Time now() const { return now_; }

 protected:
  base::Time now_ = kStart;

 private:
  Derived& self() { return static_cast<Derived&>(*this); }

  /// Nothing of the step before may have been overlooked.
  void step() {
    REQUIRE_MESSAGE(!error_, "fault not expected: " << (error_ ? error_->code + ": " + error_->message : ""));
    REQUIRE_FALSE(event_.has_value());
    REQUIRE(said_.empty());
  }

  Derived& collect() {
    while (auto message = self().session().next_message()) said_.push_back(self().decode(samples::joined(*message)));
    return self();
  }

  base::Bytes fed_;
  std::optional<Event> event_;
  std::optional<base::Error> error_;
  std::vector<Out> said_;
};

/// The relay's session; the script is its client.
class RelayScript : public Script<RelayScript, ToRelay, ToClient, RelayEvent> {
 public:
  explicit RelayScript(std::size_t max_streams = kMaxStreams)
      : key_(relay_key()), session_({welcome_of(key_), max_streams}, key_, exporter(), kStart) {}

  RelaySession& session() { return session_; }
  auto receive(const base::Bytes& bytes) { return session_.receive(bytes, now_); }

  /// Through the handshake.
  RelayScript& authenticated() {
    feed(Hello{{1}, "script"}).expect_said<Welcome>();
    feed(script::authenticate(exporter())).expect<ClientAuthenticated>();
    return *this;
  }
  /// A stream that was asked for, and quoted.
  RelayScript& quoted(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
    feed(script::request(stream, window)).expect<RequestCame>();
    act([stream](RelaySession& s) { s.send(QuoteMessage{base::StreamId{stream}, quote_with(nonce()), {}}); });
    expect_said<QuoteMessage>();
    return *this;
  }
  RelayScript& accepted(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
    quoted(stream, window);
    feed(Accept{base::StreamId{stream}, nonce()}).expect<QuoteAccepted>();
    return *this;
  }

  RelayScript& tunnel_asked(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
    feed(script::tunnel(stream, window)).expect<TunnelAsked>();
    return *this;
  }
  RelayScript& tunnel_quoted(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
    tunnel_asked(stream, window).act([stream](RelaySession& s) { s.send(QuoteMessage{base::StreamId{stream}, quote_with(nonce()), {}}); });
    expect_said<QuoteMessage>();
    return *this;
  }
  RelayScript& tunnel_open(std::uint32_t stream, std::uint64_t window = kInitialWindow) {
    tunnel_quoted(stream, window).feed(Accept{base::StreamId{stream}, nonce()}).expect<QuoteAccepted>();
    act([stream](RelaySession& s) { s.send(TunnelOpened{base::StreamId{stream}}); }).expect_said<TunnelOpened>();
    return *this;
  }

  /// Whatever a session sends must be readable by the other.
  ToClient decode(const base::Bytes& bytes) {
    const auto owner = std::make_shared<base::Bytes>(bytes);
    auto decoded = decode_to_client(*owner, owner);
    REQUIRE(decoded.has_value());
    return std::move(*decoded);
  }

 private:
  static Welcome welcome_of(const base::SecretKey& key) {
    Welcome out = samples::welcome();
    out.relay = key.address();
    out.version = 0;
    out.proof = {};
    return out;
  }
  base::SecretKey key_;
  RelaySession session_;
};

/// The client's session; the script is its relay.
class ClientScript : public Script<ClientScript, ToClient, ToRelay, ClientEvent> {
 public:
  explicit ClientScript(base::Address expected_relay = relay_key().address())
      : key_(client_key()), session_({expected_relay, "script"}, key_, exporter(), kStart) {}

  ClientSession& session() { return session_; }
  auto receive(const base::Bytes& bytes) { return session_.receive(bytes, nullptr, now_); }

  static Welcome honest_welcome() {
    Welcome out = samples::welcome();
    out.relay = relay_key().address();
    out.proof = relay_proof(exporter());
    return out;
  }
  /// Its first word.
  ClientScript& greeted() {
    act([](ClientSession&) {}).expect_said<Hello>();
    return *this;
  }
  ClientScript& welcomed() {
    greeted().feed(honest_welcome()).expect<RelayWelcomed>();
    expect_said<Authenticate>();
    return *this;
  }
  /// Opens the next stream; gives its number.
  std::uint32_t open(std::uint64_t window = kInitialWindow, bool unseen = false) {
    std::uint32_t id = 0;
    act([&](ClientSession& s) {
      Request asked = script::request(0, window);
      if (unseen) asked.accept_up_to = PriceLimit{};
      id = s.open_stream(asked).value().value;
    });
    CHECK(expect_said<Request>().stream.value == id);
    return id;
  }
  std::uint32_t open_accepted(std::uint64_t window = kInitialWindow) {
    const std::uint32_t id = open(window);
    feed(QuoteMessage{base::StreamId{id}, quote_with(nonce()), {}}).expect<QuoteMessage>();
    act([id](ClientSession& s) { s.accept(base::StreamId{id}, nonce()); }).expect_said<Accept>();
    return id;
  }
  std::uint32_t open_body(std::uint64_t window = kInitialWindow) {
    const std::uint32_t id = open_accepted(window);
    feed(manifest(id, false)).expect<ManifestMessage>();
    return id;
  }
  static ManifestMessage manifest(std::uint32_t stream, bool final) { return {base::StreamId{stream}, final, {0xc0}, {}, {}, false, {}}; }

  std::uint32_t ask_tunnel(std::uint64_t window = kInitialWindow, bool unseen = false) {
    std::uint32_t id = 0;
    act([&](ClientSession& s) {
      OpenTunnel asked = script::tunnel(0, window);
      if (unseen) asked.accept_up_to = TunnelLimit{};
      id = s.open_tunnel(asked).value().value;
    });
    CHECK(expect_said<OpenTunnel>().stream.value == id);
    return id;
  }
  std::uint32_t ask_tunnel_accepted(std::uint64_t window = kInitialWindow) {
    const std::uint32_t id = ask_tunnel(window);
    feed(QuoteMessage{base::StreamId{id}, quote_with(nonce()), {}}).expect<QuoteMessage>();
    act([id](ClientSession& s) { s.accept(base::StreamId{id}, nonce()); }).expect_said<Accept>();
    return id;
  }
  std::uint32_t open_tunnel(std::uint64_t window = kInitialWindow) {
    const std::uint32_t id = ask_tunnel_accepted(window);
    feed(TunnelOpened{base::StreamId{id}}).expect<TunnelOpened>();
    return id;
  }

  ToRelay decode(const base::Bytes& bytes) {
    const auto owner = std::make_shared<base::Bytes>(bytes);
    auto decoded = decode_to_relay(*owner);
    REQUIRE(decoded.has_value());
    if (auto* carried = std::get_if<TunnelData>(&*decoded)) carried->payload.owner = owner;
    return std::move(*decoded);
  }

 private:
  base::SecretKey key_;
  ClientSession session_;
};

}  // namespace ferry::wire::script

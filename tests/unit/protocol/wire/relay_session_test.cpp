#include "protocol/wire/relay_session.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

namespace {

QuoteMessage quote(std::uint32_t stream) { return {StreamId{stream}, quote_with(nonce()), samples::signature()}; }

}  // namespace

TEST_CASE("relay session: an honest fetch") {
  RelayScript relay;
  const auto welcome = relay.feed(Hello{{1}, "script"}).expect_said<Welcome>();
  CHECK(welcome.version == 1);
  CHECK(welcome.relay == relay_key().address());
  CHECK(base::check_signature(relay_proof_digest(exporter(), welcome.relay), welcome.proof, welcome.relay).has_value());
  CHECK(welcome.now == kStart);
  CHECK(welcome.receiver == samples::welcome().receiver);

  CHECK(relay.feed(authenticate(exporter())).expect<ClientAuthenticated>().key == client_key().address());
  CHECK(relay.session().client_key() == client_key().address());

  CHECK(relay.feed(OpenChannel{{1, 2}, samples::amount(3)}).expect<ChannelNamed>().message.config == base::Bytes{1, 2});
  relay.act([](RelaySession& s) { s.send(samples::channel_state()); }).expect_said<ChannelState>();

  CHECK(relay.feed(request(1)).expect<RequestCame>().message.url == "https://example.org/a");
  CHECK(relay.session().is_open(StreamId{1}));
  CHECK(relay.session().window(StreamId{1}) == kInitialWindow);
  relay.act([](RelaySession& s) { s.send(quote(1)); }).expect_said<QuoteMessage>();
  CHECK(relay.feed(Accept{StreamId{1}, nonce()}).expect<QuoteAccepted>().nonce == nonce());

  relay.act([](RelaySession& s) { serve(s, 1); });
  CHECK_FALSE(relay.expect_said<ManifestMessage>().final);
  relay.expect_said<Hashes>();
  CHECK(relay.expect_said<ChunkMessage>().payload.bytes.size() == 1000);
  CHECK(relay.expect_said<ManifestMessage>().final);
  CHECK(relay.expect_said<Done>().stream == StreamId{1});
  CHECK_FALSE(relay.session().is_open(StreamId{1}));

  CHECK(relay.feed(VoucherMessage{samples::channel(), samples::amount(5), {}, {}}).expect<VoucherCame>().message.ceiling.units() == 5);
  CHECK(relay.feed(Goodbye{"done", ""}).expect<PeerLeaving>().code == "done");
  CHECK_FALSE(relay.session().finished());
}

TEST_CASE("relay session: the highest common version is chosen, none is told what is spoken") {
  RelayScript newer;
  CHECK(newer.feed(Hello{{7, 1, 3}, ""}).expect_said<Welcome>().version == 1);

  RelayScript stranger;
  stranger.feed(Hello{{2, 3}, ""});
  REQUIRE(stranger.error().has_value());
  CHECK(stranger.error()->message.find("speaks version 1, not 2, 3") != std::string::npos);
  stranger.expect_fault("version");
}

TEST_CASE("relay session: a client that proves another key is refused") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  Authenticate message = authenticate(exporter());
  message.key = samples::address(0x55);
  relay.feed(message).expect_fault("client_identity");
  CHECK_FALSE(relay.session().authenticated());
}

TEST_CASE("relay session: a proof from another connection is refused") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  relay.feed(authenticate(samples::bytes32<Exporter>(0x3d))).expect_fault("client_identity");
}

TEST_CASE("relay session: a proof for another relay is refused") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  const auto key = client_key();
  relay.feed(Authenticate{key.address(), key.sign(client_proof_digest(exporter(), samples::address(0x12), key.address()))})
      .expect_fault("client_identity");
}

TEST_CASE("relay session: a relay's proof is no client's proof") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  relay.feed(Authenticate{relay_key().address(), relay_proof(exporter())}).expect_fault("client_identity");
}

TEST_CASE("relay session: a proof in no valid form is refused") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  Authenticate message = authenticate(exporter());
  message.proof.data[64] = 1;
  relay.feed(message).expect_fault("client_identity");
}

TEST_CASE("relay session: what cannot be decoded is a fault by its own code") {
  RelayScript().feed_bytes({0x92, 0x13}).expect_fault("pack_truncated");
  RelayScript().authenticated().feed_bytes({0x92, 0x63, 0x01}).expect_fault("message_type");
  RelayScript().authenticated().feed_bytes({0x92, 0x13, 0x00}).expect_fault("message_field");
  RelayScript().authenticated().feed_bytes(base::Bytes(kMaxMessageToRelay + 1, 0xc0)).expect_fault("message_too_large");
}

TEST_CASE("relay session: a client that dislikes the welcome may say so") {
  RelayScript relay;
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  CHECK(relay.feed(Goodbye{"relay_identity", "not you"}).expect<PeerLeaving>().code == "relay_identity");
}

TEST_CASE("relay session: the handshake must be done in time") {
  RelayScript relay;
  CHECK(relay.session().next_deadline() == kStart + kHandshakeTimeout);
  relay.feed(Hello{{1}, ""}).expect_said<Welcome>();
  relay.wait(kHandshakeTimeout - base::Duration{1}).expect_nothing();
  relay.wait(base::Duration{1}).expect_fault("handshake_timeout");
}

TEST_CASE("relay session: silence is met with a ping, then with an end") {
  RelayScript relay;
  relay.authenticated().wait(kIdleTimeout / 2 - base::Duration{1}).expect_nothing();
  CHECK(relay.session().next_deadline() == kStart + kIdleTimeout / 2);
  const auto ping = relay.wait(base::Duration{1}).expect_said<Ping>();
  relay.feed(Pong{ping.nonce}).expect_nothing();
  relay.wait(kIdleTimeout / 2).expect_said<Ping>();
  relay.wait(kIdleTimeout / 2).expect_fault("idle_timeout");
}

TEST_CASE("relay session: a ping is answered with its nonce") {
  RelayScript relay;
  CHECK(relay.authenticated().feed(Ping{77}).expect_said<Pong>().nonce == 77);
}

TEST_CASE("relay session: ledger calls are bounded while they are unanswered") {
  RelayScript relay;
  relay.authenticated();
  for (std::uint32_t id = 1; id <= kMaxLedgerCallsInFlight; ++id) relay.feed(LedgerCall{id, "m", "{}"}).expect<LedgerCalled>();
  relay.act([](RelaySession& s) { s.send(LedgerReply{1, "{}"}); }).expect_said<LedgerReply>();
  relay.feed(LedgerCall{100, "m", "{}"}).expect<LedgerCalled>();
  relay.feed(LedgerCall{101, "m", "{}"}).expect_fault("too_many_ledger_calls");
}

TEST_CASE("relay session: channels are bounded, and so are their unanswered states") {
  RelayScript many;
  many.authenticated();
  for (std::uint8_t i = 0; i < kMaxChannelsPerSession; ++i) {
    many.feed(OpenChannel{{i}, {}}).expect<ChannelNamed>();
    many.act([](RelaySession& s) { s.send(samples::channel_state()); }).expect_said<ChannelState>();
  }
  many.feed(OpenChannel{{3}, {}}).expect<ChannelNamed>();  // known already
  many.feed(OpenChannel{{99}, {}}).expect_fault("too_many_channels");

  RelayScript hasty;
  hasty.authenticated();
  for (std::size_t i = 0; i < kMaxChannelsPerSession; ++i) hasty.feed(OpenChannel{{1}, {}}).expect<ChannelNamed>();
  hasty.feed(OpenChannel{{1}, {}}).expect_fault("too_many_channels");
}

TEST_CASE("relay session: a channel is closed without being named, and 8 unanswered at a time are enough") {
  RelayScript relay;
  relay.authenticated();
  for (std::uint8_t i = 0; i < 2 * kMaxChannelsPerSession; ++i) {
    CHECK(relay.feed(CloseChannel{{i}, {}, samples::amount(3), {}}).expect<CloseAsked>().message.ceiling == samples::amount(3));
    if (i % 2 == 0) relay.act([](RelaySession& s) { s.send(CloseSigned{}); }).expect_said<CloseSigned>();
    else relay.act([](RelaySession& s) { s.send(CloseRefused{}); }).expect_said<CloseRefused>();
  }
  for (std::size_t i = 0; i < kMaxChannelsPerSession; ++i) relay.feed(CloseChannel{{1}, {}, {}, {}}).expect<CloseAsked>();
  relay.feed(CloseChannel{{1}, {}, {}, {}}).expect_fault("too_many_channels");
}

TEST_CASE("relay session: a client that asks without reading is cut off") {
  RelayScript relay;
  relay.authenticated();
  const base::Bytes ping = samples::bytes_of(ToRelay{Ping{UINT64_MAX}});
  std::size_t pings = 0;
  auto received = relay.session().receive(ping, relay.now());
  while (received && pings < 10'000'000) {
    received = relay.session().receive(ping, relay.now());
    ++pings;
  }
  REQUIRE_FALSE(received.has_value());
  CHECK(received.error().code == "answers_not_read");
  CHECK(relay.session().queued_bytes() < 1000);  // the answers themselves are gone
  CHECK(pings * 11 <= kMaxUnreadAnswers + 22);  // the check comes before the answer
}

TEST_CASE("relay session: after a fault nothing more is said") {
  RelayScript relay;
  relay.authenticated().accepted(1).feed(Hello{{1}, ""}).expect_fault("message_order");
  relay.act([](RelaySession& s) {
    serve(s, 1);
    s.send(samples::channel_state());
    s.send(VoucherRefused{});
    s.send(CloseSigned{});
    s.send(CloseRefused{});
    s.send(LedgerReply{1, ""});
    s.send_goodbye("again", "");
  });
  relay.expect_nothing();
}

#include "protocol/wire/client_session.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/result_code.hpp"
#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

TEST_CASE("client session: an honest fetch") {
  ClientScript client;
  const auto hello = client.act([](ClientSession&) {}).expect_said<Hello>();
  CHECK(hello.versions == std::vector<std::uint32_t>{1});
  CHECK(hello.software == "script");
  CHECK_FALSE(client.session().welcomed());

  CHECK(client.feed(ClientScript::honest_welcome()).expect<RelayWelcomed>().welcome.chain_id == 199);
  const auto authenticate = client.expect_said<Authenticate>();
  CHECK(authenticate.key == client_key().address());
  CHECK(authenticate.proof == script::authenticate(exporter()).proof);
  CHECK(client.session().welcome()->min_deposit.units() == 1000);

  client.act([](ClientSession& s) { s.open_channel(OpenChannel{{1}, {}}); }).expect_said<OpenChannel>();
  client.feed(samples::channel_state()).expect<ChannelState>();

  const auto id = client.open();
  client.feed(QuoteMessage{StreamId{id}, quote_with(nonce()), {}}).expect<QuoteMessage>();
  client.act([id](ClientSession& s) { s.accept(StreamId{id}, nonce()); });
  CHECK(client.expect_said<Accept>().nonce == nonce());
  client.feed(ClientScript::manifest(id, false)).expect<ManifestMessage>();
  client.feed(Hashes{StreamId{id}, 0, std::vector<base::Hash256>(2)}).expect<Hashes>();
  client.feed(chunk(id, 1000)).expect<ChunkMessage>();
  client.act([](ClientSession& s) { s.send(VoucherMessage{samples::channel(), samples::amount(9), {}, {}}); });
  CHECK(client.expect_said<VoucherMessage>().ceiling.units() == 9);
  client.feed(NeedVoucher{samples::channel(), StreamId{id}, {}, {}, {}, {}}).expect<NeedVoucher>();
  client.feed(ClientScript::manifest(id, true)).expect<ManifestMessage>();
  client.feed(Done{StreamId{id}}).expect<Done>();
  CHECK(client.session().open_streams() == 0);

  client.act([](ClientSession& s) { s.send_goodbye("done", ""); }).expect_said<Goodbye>();
  CHECK_FALSE(client.session().finished());
}

TEST_CASE("client session: another relay is refused before anything is shown to it") {
  ClientScript client(samples::address(0x12));
  client.greeted().feed(ClientScript::honest_welcome());
  REQUIRE(client.error().has_value());
  CHECK(client.error()->message.find(relay_key().address().to_eip55()) != std::string::npos);
  CHECK(client.error()->message.find(samples::address(0x12).to_eip55()) != std::string::npos);
  client.expect_fault("relay_identity");
  CHECK_FALSE(client.session().welcomed());
}

TEST_CASE("client session: the right address with another's proof is refused") {
  const auto other = base::SecretKey::from_bytes(base::Bytes(32, 0x33)).value();
  Welcome welcome = ClientScript::honest_welcome();
  welcome.proof = other.sign(relay_proof_digest(exporter(), welcome.relay));
  ClientScript().greeted().feed(welcome).expect_fault("relay_identity");
}

TEST_CASE("client session: a proof from another connection is refused") {
  Welcome welcome = ClientScript::honest_welcome();
  welcome.proof = relay_proof(samples::bytes32<Exporter>(0x3d));
  ClientScript().greeted().feed(welcome).expect_fault("relay_identity");
}

TEST_CASE("client session: a proof that is no signature is refused") {
  Welcome welcome = ClientScript::honest_welcome();
  welcome.proof.data.fill(0xff);
  ClientScript().greeted().feed(welcome).expect_fault("relay_identity");
  welcome.proof = relay_proof(exporter());
  welcome.proof.data[64] ^= 3U;
  ClientScript().greeted().feed(welcome).expect_fault("relay_identity");
}

TEST_CASE("client session: a version that was not offered is refused") {
  Welcome welcome = ClientScript::honest_welcome();
  welcome.version = 2;
  ClientScript().greeted().feed(welcome).expect_fault("version");
}

TEST_CASE("client session: a goodbye instead of a welcome says why") {
  ClientScript client;
  const auto leaving = client.greeted().feed(Goodbye{"version", "speaks 7"}).expect<RelayLeaving>();
  CHECK(leaving.code == "version");
  CHECK(leaving.message == "speaks 7");
  CHECK_FALSE(client.session().welcomed());
}

TEST_CASE("client session: nothing is said to a relay that has proved nothing") {
  ClientScript client;
  client.greeted().act([](ClientSession& s) {
    s.open_channel(OpenChannel{{1}, {}});
    s.send(VoucherMessage{});
    s.close_channel(CloseChannel{{1}, {}, {}, {}});
    s.accept(StreamId{1}, nonce());
    s.add_window(StreamId{1}, 5);
    s.cancel(StreamId{1});
    CHECK(refusal_of(s.open_stream(request(0))) == "not_welcomed");
    CHECK(refusal_of(s.call_ledger("m", "{}")) == "not_welcomed");
  });
  client.expect_nothing();
}

TEST_CASE("client session: ledger replies answer calls, once") {
  ClientScript client;
  std::uint32_t id = 0;
  client.welcomed().act([&](ClientSession& s) { id = s.call_ledger("read", "{}").value(); });
  CHECK(client.expect_said<LedgerCall>().id == id);
  CHECK(client.feed(LedgerReply{id, "answer"}).expect<LedgerReply>().body == "answer");
  client.feed(LedgerReply{id, "again"}).expect_fault("ledger_reply_unknown");
}

TEST_CASE("client session: ledger calls are bounded") {
  ClientScript client;
  client.welcomed().act([](ClientSession& s) {
    CHECK(refusal_of(s.call_ledger("m", std::string(kMaxLedgerBody + 1, 'x'))) == "ledger_call_too_large");
    CHECK(refusal_of(s.call_ledger(std::string(kMaxText + 1, 'm'), "")) == "ledger_call_too_large");
    for (std::size_t i = 0; i < kMaxLedgerCallsInFlight; ++i) CHECK(refusal_of(s.call_ledger("m", "{}")) == "ok");
    CHECK(refusal_of(s.call_ledger("m", "{}")) == "too_many_ledger_calls");
  });
  CHECK(std::exchange(client.said(), {}).size() == kMaxLedgerCallsInFlight);
  client.feed(LedgerReply{3, "{}"}).expect<LedgerReply>();
  client.act([](ClientSession& s) { CHECK(refusal_of(s.call_ledger("m", "{}")) == "ok"); }).expect_said<LedgerCall>();
}

TEST_CASE("client session: silence") {
  ClientScript slow;
  slow.greeted().wait(kHandshakeTimeout).expect_fault("handshake_timeout");

  ClientScript client;
  client.welcomed().wait(kIdleTimeout / 2 - base::Duration{1}).expect_nothing();
  CHECK(client.session().next_deadline() == kStart + kIdleTimeout / 2);
  client.wait(base::Duration{1}).expect_said<Ping>();
  CHECK(client.feed(Ping{5}).expect_said<Pong>().nonce == 5);
  client.feed(Pong{1}).expect_nothing();
  client.wait(kIdleTimeout / 2).expect_said<Ping>();
  client.wait(kIdleTimeout / 2).expect_fault("idle_timeout");
}

TEST_CASE("client session: a relay that asks without reading is cut off") {
  ClientScript client;
  client.welcomed();
  const base::Bytes ping = samples::bytes_of(ToClient{Ping{UINT64_MAX}});
  std::size_t pings = 0;
  auto received = client.session().receive(ping, nullptr, client.now());
  while (received && ++pings < 10'000'000) received = client.session().receive(ping, nullptr, client.now());
  REQUIRE_FALSE(received.has_value());
  CHECK(received.error().code == "answers_not_read");
}

TEST_CASE("client session: what cannot be decoded is a fault by its own code") {
  ClientScript().greeted().feed_bytes({0xc1}).expect_fault("pack_type");
  ClientScript().welcomed().feed_bytes({0x92, 0x13, 0x01}).expect_fault("message_type");
  ClientScript().welcomed().feed_bytes(base::Bytes(kMaxMessageToClient + 1, 0xc0)).expect_fault("message_too_large");
}

TEST_CASE("client session: after a fault nothing more is said") {
  ClientScript client;
  const auto id = client.welcomed().open_body();
  client.feed(Done{StreamId{id + 1}}).expect_fault("stream_unknown");
  client.act([id](ClientSession& s) {
    s.cancel(StreamId{id});
    s.open_channel(OpenChannel{{1}, {}});
    s.send(VoucherMessage{});
    s.send_goodbye("again", "");
    CHECK(refusal_of(s.open_stream(request(0))) == "session_closing");
    CHECK_FALSE(s.call_ledger("m", "{}").has_value());
  });
  client.expect_nothing();
}

#include "protocol/wire/tls_engine.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/result_code.hpp"
#include "tests/unit/protocol/wire/tls_pair.hpp"

using namespace ferry;
using namespace ferry::wire;

TEST_CASE("tls engine: data crosses both ways") {
  TlsPair pair;
  pair.shake_hands();
  REQUIRE(pair.client.write_plaintext(base::bytes_of("question")).has_value());
  REQUIRE(pair.server.write_plaintext(base::bytes_of("answer")).has_value());
  REQUIRE(pair.carry_all().has_value());
  CHECK(base::text_of(pair.at_server) == "question");
  CHECK(base::text_of(pair.at_client) == "answer");
}

TEST_CASE("tls engine: handshake and data in fragments of every size") {
  const base::Bytes data = pattern(3000);
  for (std::size_t part = 1; part <= 400; ++part) {
    CAPTURE(part);
    TlsPair pair;
    pair.shake_hands(part);
    REQUIRE(pair.client.write_plaintext(data).has_value());
    REQUIRE(pair.server.write_plaintext(data).has_value());
    pair.client.close();
    REQUIRE(pair.carry_all(part).has_value());
    REQUIRE(pair.at_server == data);
    REQUIRE(pair.at_client == data);
    REQUIRE(pair.server.peer_closed());
  }
}

TEST_CASE("tls engine: a first flight cut in two anywhere") {
  TlsPair whole;
  const std::size_t size = whole.client.ciphertext().size();
  for (std::size_t at = 0; at <= size; ++at) {
    CAPTURE(at);
    TlsPair pair;
    const base::Bytes hello(pair.client.ciphertext().begin(), pair.client.ciphertext().end());
    REQUIRE(pair.server.put_ciphertext(base::ByteView{hello}.first(at)).has_value());
    REQUIRE(pair.server.put_ciphertext(base::ByteView{hello}.subspan(at)).has_value());
    pair.client.consume_ciphertext(hello.size());
    pair.shake_hands();
  }
}

TEST_CASE("tls engine: data that comes with the end of the handshake is not lost") {
  TlsPair pair;
  REQUIRE(carry(pair.client, pair.server, pair.at_server).has_value());
  REQUIRE(carry(pair.server, pair.client, pair.at_client).has_value());
  REQUIRE(pair.client.established());
  REQUIRE_FALSE(pair.server.established());
  REQUIRE(pair.client.write_plaintext(base::bytes_of("early")).has_value());
  REQUIRE(pair.carry_all().has_value());
  CHECK(base::text_of(pair.at_server) == "early");
}

TEST_CASE("tls engine: 1 MiB crosses whole, in one buffer that is used again") {
  TlsPair pair;
  pair.shake_hands();
  const base::Bytes data = pattern(256 * 1024);
  const std::uint8_t* buffer = nullptr;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(pair.server.write_plaintext(data).has_value());
    // 16 records in one piece, ready for one send.
    CHECK(pair.server.ciphertext().size() == data.size() + 16 * 22);
    if (i > 0) CHECK(pair.server.ciphertext().data() == buffer);
    buffer = pair.server.ciphertext().data();
    pair.at_client.clear();
    REQUIRE(pair.carry_all().has_value());
    CHECK(pair.at_client == data);
  }
}

TEST_CASE("tls engine: plaintext can be read in parts of any size") {
  for (const std::size_t part : {1U, 7U, 16'384U, 16'385U, 100'000U}) {
    CAPTURE(part);
    TlsPair pair;
    pair.shake_hands();
    const base::Bytes data = pattern(50'000);
    REQUIRE(pair.server.write_plaintext(data).has_value());
    REQUIRE(pair.client.put_ciphertext(pair.server.ciphertext()).has_value());
    CHECK(read_all(pair.client, part).value() == data);
  }
}

TEST_CASE("tls engine: the exporter is equal on both sides and differs between connections") {
  TlsPair one;
  TlsPair two;
  CHECK(code_of(one.client.exporter()) == "tls_state");
  one.shake_hands();
  two.shake_hands();
  CHECK(one.client.exporter().value() == one.server.exporter().value());
  CHECK(two.client.exporter().value() == two.server.exporter().value());
  CHECK(one.client.exporter().value() != two.client.exporter().value());
  CHECK_FALSE(one.client.exporter()->is_zero());
}

TEST_CASE("tls engine: after the handshake a relay sends nothing of its own, so no session ticket") {
  TlsPair pair;
  while (!pair.server.established()) {
    REQUIRE(carry(pair.server, pair.client, pair.at_client).has_value());
    REQUIRE(carry(pair.client, pair.server, pair.at_server).has_value());
  }
  CHECK(pair.server.ciphertext().empty());
}

TEST_CASE("tls engine: garbage instead of a handshake is the peer's fault, for good") {
  for (const char* garbage : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05xxxxx", "\x17\x03\x03\x00\x05xxxxx", "\xff\xff\xff\xff\xff\xff"}) {
    CAPTURE(garbage);
    TlsEngine server{server_context(), TlsEngine::Role::server, ""};
    const auto text = base::bytes_of({garbage, garbage[0] == 0x16 || garbage[0] == 0x17 ? 10U : 6U});
    const auto put = server.put_ciphertext(text);
    REQUIRE_FALSE(put.has_value());
    CHECK(put.error().code == "tls");
    CHECK(put.error().kind == base::ErrorKind::peer_fault);
    CHECK_FALSE(server.established());
    CHECK(code_of(server.put_ciphertext(text)) == "tls");
    base::Bytes out(10);
    CHECK(code_of(server.read_plaintext(out)) == "tls");
    CHECK(code_of(server.write_plaintext(out)) == "tls");
  }
}

TEST_CASE("tls engine: a changed byte ends the connection, and what came before it is delivered") {
  TlsPair pair;
  pair.shake_hands();
  REQUIRE(pair.server.write_plaintext(base::bytes_of("good")).has_value());
  const std::size_t good = pair.server.ciphertext().size();
  REQUIRE(pair.server.write_plaintext(base::bytes_of("evil")).has_value());
  base::Bytes bytes(pair.server.ciphertext().begin(), pair.server.ciphertext().end());
  bytes[good + 8] ^= 1U;
  REQUIRE(pair.client.put_ciphertext(bytes).has_value());
  base::Bytes out(100);
  REQUIRE(pair.client.read_plaintext(out).value() == 4);
  CHECK(base::text_of(base::ByteView{out}.first(4)) == "good");
  CHECK(code_of(pair.client.read_plaintext(out)) == "tls");
  CHECK(code_of(pair.client.put_ciphertext(bytes)) == "tls");
  // The alert tells the other side.
  CHECK_FALSE(pair.client.ciphertext().empty());
  REQUIRE(pair.server.put_ciphertext(pair.client.ciphertext()).has_value());
  CHECK(code_of(pair.server.read_plaintext(out)) == "tls");
}

TEST_CASE("tls engine: close_notify is told apart from a cut") {
  TlsPair pair;
  pair.shake_hands();
  REQUIRE(pair.server.write_plaintext(base::bytes_of("last words")).has_value());
  pair.server.close();
  pair.server.close();
  const base::Bytes bytes(pair.server.ciphertext().begin(), pair.server.ciphertext().end());

  REQUIRE(pair.client.put_ciphertext(base::ByteView{bytes}.first(bytes.size() - 1)).has_value());
  CHECK(base::text_of(read_all(pair.client).value()) == "last words");
  CHECK_FALSE(pair.client.peer_closed());
  REQUIRE(pair.client.put_ciphertext(base::ByteView{bytes}.last(1)).has_value());
  CHECK(read_all(pair.client).value().empty());
  CHECK(pair.client.peer_closed());

  // Half closed: the other direction still works.
  REQUIRE(pair.client.write_plaintext(base::bytes_of("heard")).has_value());
  REQUIRE(pair.server.put_ciphertext(pair.client.ciphertext()).has_value());
  CHECK(base::text_of(read_all(pair.server).value()) == "heard");
  // What follows a close_notify is not looked at, nor kept.
  const base::Bytes anything(600'000, 1);
  for (int i = 0; i < 3; ++i) REQUIRE(pair.client.put_ciphertext(anything).has_value());
  CHECK(read_all(pair.client).value().empty());
}

TEST_CASE("tls engine: a record cut short is never delivered") {
  TlsPair pair;
  pair.shake_hands();
  REQUIRE(pair.server.write_plaintext(pattern(1000)).has_value());
  for (std::size_t left = pair.server.ciphertext().size(); left > 1; --left) {
    REQUIRE(pair.client.put_ciphertext(pair.server.ciphertext().first(1)).has_value());
    pair.server.consume_ciphertext(1);
    REQUIRE(read_all(pair.client).value().empty());
  }
  CHECK_FALSE(pair.client.peer_closed());
  REQUIRE(pair.client.put_ciphertext(pair.server.ciphertext()).has_value());
  CHECK(read_all(pair.client).value() == pattern(1000));
}

TEST_CASE("tls engine: what is not read is bounded") {
  TlsPair pair;
  pair.shake_hands();
  const base::Bytes data = pattern(512 * 1024);
  REQUIRE(pair.server.write_plaintext(data).has_value());
  REQUIRE(pair.client.put_ciphertext(pair.server.ciphertext()).has_value());
  const auto put = pair.client.put_ciphertext(pair.server.ciphertext());
  CHECK(code_of(put) == "tls_unread");
  CHECK(put.error().kind == base::ErrorKind::bug);
  CHECK(read_all(pair.client).value() == data);
}

TEST_CASE("tls engine: writing before the handshake or after close is our own mistake") {
  TlsPair pair;
  CHECK(code_of(pair.client.write_plaintext(base::bytes_of("x"))) == "tls_state");
  pair.client.close();  // does nothing yet
  pair.shake_hands();
  REQUIRE(pair.client.write_plaintext({}).has_value());
  CHECK(pair.client.ciphertext().empty());
  pair.client.close();
  CHECK(code_of(pair.client.write_plaintext(base::bytes_of("x"))) == "tls_state");
}

TEST_CASE("tls engine: buffers that were given back come again when they are needed") {
  TlsPair pair;
  pair.shake_hands();
  for (int i = 0; i < 3; ++i) {
    pair.client.release_buffers();
    pair.server.release_buffers();
    pair.at_client.clear();
    REQUIRE(pair.server.write_plaintext(pattern(100'000)).has_value());
    pair.server.release_buffers();  // holds something: stays
    REQUIRE(pair.carry_all().has_value());
    CHECK(pair.at_client == pattern(100'000));
  }
}

TEST_CASE("tls engine: a buffer given back in the middle of a record loses nothing") {
  TlsPair pair;
  pair.shake_hands();
  REQUIRE(pair.server.write_plaintext(pattern(20'000)).has_value());
  while (!pair.server.ciphertext().empty()) {
    const auto part = pair.server.ciphertext().first(std::min<std::size_t>(777, pair.server.ciphertext().size()));
    REQUIRE(pair.client.put_ciphertext(part).has_value());
    pair.server.consume_ciphertext(part.size());
    base::Bytes some(100);
    const auto count = pair.client.read_plaintext(some).value();
    pair.at_client.insert(pair.at_client.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    pair.client.release_buffers();
  }
  const base::Bytes rest = read_all(pair.client).value();
  pair.at_client.insert(pair.at_client.end(), rest.begin(), rest.end());
  CHECK(pair.at_client == pattern(20'000));
}

TEST_CASE("tls engine: more is never consumed than there is") {
  TlsPair pair;
  pair.client.consume_ciphertext(1'000'000);
  CHECK(pair.client.ciphertext().empty());
}

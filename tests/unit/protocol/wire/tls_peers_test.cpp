// The TLS engine against peers that are not ours: OpenSSL driven by hand, with other settings or bad manners.

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "protocol/wire/openssl_pointers.hpp"
#include "tests/unit/protocol/wire/tls_pair.hpp"

using namespace ferry;
using namespace ferry::wire;

namespace {

/// A client that talks to a TlsEngine as server.
class RawClient {
 public:
  explicit RawClient(int max_version = TLS1_3_VERSION, const base::Bytes& alpn = {}) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    if (!alpn.empty()) SSL_set_alpn_protos(ssl_.get(), alpn.data(), static_cast<unsigned>(alpn.size()));
  }

  SSL* ssl() { return ssl_.get(); }

  /// Until neither has anything to say; the server's answer to each part.
  base::Result<void> talk() {
    for (;;) {
      SSL_do_handshake(ssl_.get());
      if (SSL_is_init_finished(ssl_.get())) read_some();
      ERR_clear_error();
      const base::Bytes said = take_out();
      if (said.empty() && server.ciphertext().empty()) return {};
      FERRY_CHECK(server.put_ciphertext(said));
      FERRY_TRY(const base::Bytes read, read_all(server));
      received.insert(received.end(), read.begin(), read.end());
      const base::ByteView answer = server.ciphertext();
      BIO_write(in_, answer.data(), static_cast<int>(answer.size()));
      answered += answer.size();
      server.consume_ciphertext(answer.size());
    }
  }

  void write(std::size_t size) {
    const base::Bytes bytes(size, 1);
    REQUIRE(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(size));
  }
  void update_key() { REQUIRE(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1); }

  TlsEngine server{server_context(), TlsEngine::Role::server, ""};
  base::Bytes received;
  std::size_t answered = 0;

 private:
  base::Bytes take_out() {
    base::Bytes out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }
  void read_some() {
    base::Bytes buffer(1000);
    while (SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())) > 0) {
    }
  }

  SslContextPointer context_;
  SslPointer ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

}  // namespace

TEST_CASE("tls peers: an ordinary client gets TLS 1.3 and no ticket") {
  RawClient client;
  REQUIRE(client.talk().has_value());
  REQUIRE(client.server.established());
  CHECK(SSL_version(client.ssl()) == TLS1_3_VERSION);
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(client.ssl())) == 0);
  client.write(100);
  REQUIRE(client.talk().has_value());
  CHECK(client.received.size() == 100);
}

TEST_CASE("tls peers: a client of TLS 1.2 is refused with an alert") {
  RawClient client(TLS1_2_VERSION);
  const auto talked = client.talk();
  REQUIRE_FALSE(talked.has_value());
  CHECK(talked.error().code == "tls");
  CHECK_FALSE(client.server.ciphertext().empty());
}

TEST_CASE("tls peers: of the protocols that a client offers http/1.1 is chosen, others are refused") {
  RawClient browser(TLS1_3_VERSION, {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'});
  REQUIRE(browser.talk().has_value());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(browser.ssl(), &chosen, &size);
  CHECK(base::text_of({chosen, size}) == "http/1.1");

  RawClient other(TLS1_3_VERSION, {2, 'h', '2'});
  CHECK_FALSE(other.talk().has_value());
}

TEST_CASE("tls peers: a key update is answered") {
  RawClient client;
  REQUIRE(client.talk().has_value());
  client.answered = 0;
  client.update_key();
  client.write(10);
  REQUIRE(client.talk().has_value());
  CHECK(client.received.size() == 10);
  CHECK(client.answered == 0);  // it goes out with the next data
  REQUIRE(client.server.write_plaintext(base::bytes_of("x")).has_value());
  CHECK(client.server.ciphertext().size() > 1 + 22);
}

TEST_CASE("tls peers: key updates without data are cut off") {
  RawClient client;
  REQUIRE(client.talk().has_value());
  int updates = 0;
  base::Result<void> talked{};
  while (talked && updates < 1000) {
    client.update_key();
    SSL_do_handshake(client.ssl());
    talked = client.talk();
    ++updates;
  }
  REQUIRE_FALSE(talked.has_value());
  CHECK(talked.error().code == "tls");
  CHECK(talked.error().message.find("keys") != std::string::npos);
  CHECK(updates == 33);
}

TEST_CASE("tls peers: key updates among enough data are fine") {
  RawClient client;
  REQUIRE(client.talk().has_value());
  for (int i = 0; i < 200; ++i) {
    client.update_key();
    client.write(16 * 1024);
    REQUIRE(client.talk().has_value());
  }
  CHECK(client.received.size() == 200 * 16 * 1024);
}

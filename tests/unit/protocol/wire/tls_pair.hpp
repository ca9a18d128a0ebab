#pragma once
// Two TLS engines and the wires between them, cut as a test wants it.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "protocol/wire/tls_engine.hpp"

namespace ferry::wire {

inline const SelfSigned& test_certificate() {
  static const SelfSigned made = make_self_signed("relay.test", 1'800'000'000, 365).value();
  return made;
}

inline std::shared_ptr<TlsContext> server_context() {
  static const auto made = TlsContext::server(test_certificate().certificate_pem, test_certificate().private_key_pem).value();
  return made;
}

inline std::shared_ptr<TlsContext> client_context() {
  static const auto made = TlsContext::client().value();
  return made;
}

/// Bytes that differ by their place.
inline base::Bytes pattern(std::size_t size) {
  base::Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return out;
}

/// Everything that can be read now, in parts of `part` bytes.
inline base::Result<base::Bytes> read_all(TlsEngine& engine, std::size_t part = 65'536) {
  base::Bytes out;
  base::Bytes buffer(part);
  for (;;) {
    FERRY_TRY(const std::size_t count, engine.read_plaintext(buffer));
    if (count == 0) return out;
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

/// Carries what `from` has to say to `to` in parts of at most `part` bytes; what `to` reads is added to `plaintext`.
inline base::Result<void> carry(TlsEngine& from, TlsEngine& to, base::Bytes& plaintext, std::size_t part = 65'536) {
  while (!from.ciphertext().empty()) {
    const auto bytes = from.ciphertext().first(std::min(part, from.ciphertext().size()));
    FERRY_CHECK(to.put_ciphertext(bytes));
    from.consume_ciphertext(bytes.size());
    FERRY_TRY(const base::Bytes came, read_all(to));
    plaintext.insert(plaintext.end(), came.begin(), came.end());
  }
  return {};
}

struct TlsPair {
  TlsEngine client{client_context(), TlsEngine::Role::client, "relay.test"};
  TlsEngine server{server_context(), TlsEngine::Role::server, ""};
  base::Bytes at_client;
  base::Bytes at_server;

  base::Result<void> carry_all(std::size_t part = 65'536) {
    while (!client.ciphertext().empty() || !server.ciphertext().empty()) {
      FERRY_CHECK(carry(client, server, at_server, part));
      FERRY_CHECK(carry(server, client, at_client, part));
    }
    return {};
  }
  TlsPair& shake_hands(std::size_t part = 65'536) {
    REQUIRE(carry_all(part).has_value());
    REQUIRE(client.established());
    REQUIRE(server.established());
    return *this;
  }
};

}  // namespace ferry::wire

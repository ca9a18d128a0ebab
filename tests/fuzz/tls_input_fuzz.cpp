// Any bytes as ciphertext, in any fragmentation: to a server and to a client that wait for a handshake, and between two that are
// connected. Nothing may crash, an error stays, and what is delivered is what was sent, from its beginning.

#include <algorithm>

#include "protocol/wire/tls_engine.hpp"
#include "tests/fuzz/fuzz_bytes.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using ferry::fuzz::FuzzBytes;
using ferry::fuzz::require;
using wire::TlsContext;
using wire::TlsEngine;

namespace {

std::shared_ptr<TlsContext> server_context() {
  static const auto made = [] {
    const auto certificate = wire::make_self_signed("fuzz", 1'800'000'000, 100).value();
    return TlsContext::server(certificate.certificate_pem, certificate.private_key_pem).value();
  }();
  return made;
}

std::shared_ptr<TlsContext> client_context() {
  static const auto made = TlsContext::client().value();
  return made;
}

/// What can be read; empty after an error, which must stay.
base::Bytes read_all(TlsEngine& engine) {
  base::Bytes out;
  base::Bytes buffer(1000);
  for (;;) {
    const auto count = engine.read_plaintext(buffer);
    if (!count) {
      require(count.error().kind == base::ErrorKind::peer_fault, "bad ciphertext is the peer's fault");
      require(!engine.put_ciphertext(buffer), "an error stays");
      return out;
    }
    if (*count == 0) return out;
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

void feed(TlsEngine& engine, FuzzBytes& input) {
  while (!input.empty()) {
    const auto part = input.take(1 + input.byte());
    if (!engine.put_ciphertext(part)) break;
    require(read_all(engine).empty(), "nothing is read before the handshake is done");
  }
  require(!engine.established(), "no handshake is done with a stranger's bytes alone");
  engine.release_buffers();
}

void pass(TlsEngine& from, TlsEngine& to) {
  require(to.put_ciphertext(from.ciphertext()).has_value(), "an honest handshake works");
  from.consume_ciphertext(from.ciphertext().size());
}

void disturb(FuzzBytes& input) {
  TlsEngine client(client_context(), TlsEngine::Role::client, "fuzz");
  TlsEngine server(server_context(), TlsEngine::Role::server, "");
  while (!client.established() || !server.established()) {
    pass(client, server);
    pass(server, client);
  }
  base::Bytes sent;
  base::Bytes come;
  while (!input.empty()) {
    const base::Bytes text(input.below(600), input.byte());
    require(server.write_plaintext(text).has_value(), "an open connection can be written to");
    sent.insert(sent.end(), text.begin(), text.end());
    base::Bytes bytes(server.ciphertext().begin(), server.ciphertext().end());
    server.consume_ciphertext(bytes.size());
    if (input.below(4) == 0 && !bytes.empty()) bytes[input.below(static_cast<std::uint32_t>(bytes.size()))] ^= input.byte();
    if (!client.put_ciphertext(bytes)) break;
    const base::Bytes read = read_all(client);
    come.insert(come.end(), read.begin(), read.end());
  }
  require(come.size() <= sent.size() && std::equal(come.begin(), come.end(), sent.begin()), "what comes is what was sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzBytes input(data, size);
  switch (input.below(3)) {
    case 0: {
      TlsEngine server(server_context(), TlsEngine::Role::server, "");
      feed(server, input);
      break;
    }
    case 1: {
      TlsEngine client(client_context(), TlsEngine::Role::client, "fuzz");
      feed(client, input);
      break;
    }
    default: disturb(input); break;
  }
  return 0;
}

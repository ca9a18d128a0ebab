#pragma once
// TlsEngine: TLS 1.3 by OpenSSL on memory buffers, no socket. Ciphertext in, plaintext out, and the reverse; many records are encrypted into
// one reused buffer so that one send carries them all (docs/benchmarks.md). Used by the relay's stream and by the client's loop.
// Threads: none; one owner. The context may be shared.

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::wire {

/// Certificates and settings, shared by connections. TLS 1.3 only, AES-128-GCM first where the CPU has AES, session tickets off.
class TlsContext {
 public:
  /// PEM files' contents.
  static base::Result<std::shared_ptr<TlsContext>> server(const std::string& certificate_chain_pem, const std::string& private_key_pem);
  /// The relay proves its identity by the exporter, so any certificate is taken here.
  static base::Result<std::shared_ptr<TlsContext>> client();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  void* native() const;  ///< SSL_CTX*

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A self-signed P-256 certificate with its key, both PEM; valid for `days` around `now_unix_seconds`.
struct SelfSigned { std::string certificate_pem, private_key_pem; };
base::Result<SelfSigned> make_self_signed(const std::string& common_name, std::int64_t now_unix_seconds, int days);
/// "sha256//BASE64" of the certificate's public key: what a `?pin=` names.
base::Result<std::string> public_key_pin(const std::string& certificate_pem);

class TlsEngine {
 public:
  enum class Role { client, server };
  /// `server_name`: SNI for a client; empty for none.
  TlsEngine(std::shared_ptr<TlsContext> context, Role role, const std::string& server_name);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Bytes that came from the socket, in any fragmentation. Drives the handshake; after an error ciphertext() may hold an alert to send.
  /// Errors: peer_fault "tls", for good; bug "tls_unread" when more than 1 MiB waits for read_plaintext().
  base::Result<void> put_ciphertext(base::ByteView bytes);
  /// Copies decrypted bytes out; 0 when there are none now. Errors: peer_fault "tls".
  base::Result<std::size_t> read_plaintext(base::MutableByteView out);
  /// Encrypts all of `bytes` into the outgoing buffer. Precondition: established().
  base::Result<void> write_plaintext(base::ByteView bytes);

  /// What the socket should send now. Lifetime: until the next call that is not const.
  base::ByteView ciphertext() const;
  void consume_ciphertext(std::size_t count);

  bool established() const;
  /// The peer sent close_notify, and all before it was read. A socket that ends without it was cut off.
  bool peer_closed() const;
  /// Queues close_notify.
  void close();
  /// RFC 9266 tls-exporter. Precondition: established().
  base::Result<Exporter> exporter() const;
  /// Gives buffers back while the connection is idle; those that hold something stay.
  void release_buffers();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ferry::wire

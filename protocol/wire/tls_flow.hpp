#pragma once
// TlsFlow: what lies between OpenSSL and the socket of one engine: the two queues, and the guard against a peer that keeps changing keys
// instead of sending data. Internal to the TLS engine.

#include <openssl/ssl.h>

#include <cstdint>

#include "protocol/wire/byte_queue.hpp"

namespace ferry::wire {

/// Ciphertext that may wait for its reader. One read of a socket is far below.
inline constexpr std::size_t kMaxUnreadCiphertext = 1024 * 1024;

struct TlsFlow {
  ByteQueue input;   ///< from the socket
  ByteQueue output;  ///< to the socket
  bool established = false;
  std::uint64_t plaintext_bytes = 0;         ///< received
  std::uint64_t messages_after_handshake = 0;  ///< tickets and key updates received

  /// A key update costs the receiver far more than the sender: some are free, more must be earned by data.
  bool is_flooded() const;
};

/// A BIO that reads from `input` and writes to `output`. Lifetime: `flow` outlives it. Null when out of memory.
BIO* make_bio(TlsFlow& flow);

/// Counts the handshake messages that come after the handshake.
void watch_handshake_messages(SSL* ssl, TlsFlow& flow);

}  // namespace ferry::wire

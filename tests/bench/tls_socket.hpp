#pragma once
// TlsSocket: a TCP connection with a TLS 1.3 client engine on it, for the load programs. Plaintext gathers in an inbox that the owner looks at
// and consumes. Threads: one.

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/wire/tls_engine.hpp"

namespace ferry::bench {

class TlsSocket {
 public:
  static base::Result<std::unique_ptr<TlsSocket>> connect(const std::string& host, std::uint16_t port, std::shared_ptr<wire::TlsContext> context);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  int fd() const { return fd_; }
  wire::TlsEngine& engine() { return engine_; }

  /// One read of the socket into the inbox. Errors: environment "closed" (the server left), those of TlsEngine.
  base::Result<void> pull();
  /// Sends what the socket takes.
  base::Result<void> push();
  std::size_t unsent() const { return engine_.ciphertext().size(); }

  /// Plaintext that came. Lifetime: until the next pull() or consume().
  base::ByteView inbox() const { return base::ByteView{inbox_}.subspan(begin_, end_ - begin_); }
  void consume(std::size_t count) { begin_ += count; }
  base::Result<void> write(base::ByteView bytes) { return engine_.write_plaintext(bytes); }
  /// Gives the buffers back, for connections that only wait.
  void go_idle();

 private:
  TlsSocket(int fd, std::shared_ptr<wire::TlsContext> context);
  void make_room();
  base::Result<void> take_plaintext();

  int fd_;
  wire::TlsEngine engine_;
  base::Bytes inbox_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace ferry::bench

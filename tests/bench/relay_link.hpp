#pragma once
// RelayLink: one client session with a relay over TLS and WebSocket, on a Poller. Carries ClientSession's messages and hands its events to
// whoever derives from it; decides nothing. Threads: one.

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/wire/client_session.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/tls_socket.hpp"

namespace ferry::bench {

/// ferry://0xADDRESS@host:port
struct RelayPlace {
  base::Address address;
  std::string host;
  std::uint16_t port = 0;
  static base::Result<RelayPlace> parse(const std::string& reference);
};

class RelayLink : public Pollable {
 public:
  RelayLink(const RelayPlace& place, std::unique_ptr<TlsSocket> socket, base::SecretKey key);

  int fd() const override { return socket_->fd(); }
  bool wants_write() const override { return socket_->unsent() > 0; }
  base::Result<void> on_ready(bool readable, bool writable) override;

  bool welcomed() const { return session_ && session_->welcomed(); }
  /// Everything that was to be said has left the engine, the proof of our key too.
  bool is_quiet() const { return welcomed() && !session_->has_messages() && socket_->unsent() == 0; }
  void go_idle() { socket_->go_idle(); }

 protected:
  virtual base::Result<void> on_event(wire::ClientEvent event) = 0;
  /// The socket has taken what was queued.
  virtual base::Result<void> on_drained() { return {}; }
  wire::ClientSession& session() { return *session_; }
  const base::SecretKey& key() const { return key_; }
  std::size_t unsent() const { return socket_->unsent(); }
  /// Encrypts and sends what the session has queued.
  base::Result<void> send_messages();

 private:
  base::Result<void> take_handshake();
  base::Result<void> take_upgrade();
  base::Result<void> take_messages();

  RelayPlace place_;
  std::unique_ptr<TlsSocket> socket_;
  base::SecretKey key_;
  bool asked_upgrade_ = false;
  std::unique_ptr<wire::ClientSession> session_;
};

}  // namespace ferry::bench

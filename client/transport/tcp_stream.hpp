#pragma once
// TcpStream: one TCP connection on the loop: to a relay or another host (looks the name up, tries its addresses in turn), or accepted from a
// listening socket. Reads and writes bytes.
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>

#include "client/loop/loop.hpp"
#include "client/loop/timer.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

class TcpStream {
 public:
  /// None of these is called from inside a call of this type, nor after its destructor; they may destroy it.
  class Listener {
   public:
    virtual void on_connected() = 0;
    /// Lifetime: until it returns.
    virtual void on_bytes(base::ByteView bytes) = 0;
    /// Everything that was written has left: now is the time for more.
    virtual void on_drained() = 0;
    /// The peer sends nothing more, but may still listen. False: then this is the end of the connection.
    virtual bool on_peer_ended() { return false; }
    /// environment: the codes of Ends; "unreachable" (no address, refused, too late) or "lost" (ended after it was connected).
    virtual void on_closed(base::Error error) = 0;

   protected:
    ~Listener() = default;
  };

  /// What errors are called.
  struct Ends {
    const char* unreachable;
    const char* lost;
  };
  static constexpr Ends kRelay{"relay_unreachable", "relay_lost"};

  /// `scratch`: read into by all streams of the loop, one after the other; outlives this.
  TcpStream(Loop& loop, base::MutableByteView scratch, Listener& listener, Ends ends = kRelay);
  /// Closes at once; what was not sent is lost.
  ~TcpStream();
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  void connect(const base::Host& host, std::uint16_t port, base::Duration timeout);
  /// Takes the next connection of a listening socket; it is read after the first resume(). False when there was none.
  bool accept(uv_stream_t* listening);
  /// For a peer that always reads, such as a relay: the connection ends when its path is dead, see network_path.hpp. Precondition: connected.
  void end_when_unacknowledged();
  /// Where the other end is; nullopt when it is not connected.
  std::optional<base::IpAddress> peer() const;
  /// False when the address that it goes out from was taken from this machine: nothing will come any more.
  bool has_own_address() const;
  /// Reading stops and goes on; what the peer sends meanwhile stays in the kernel, and slows it down.
  void pause();
  void resume();
  /// Nothing more will be written: the peer is told when all has left.
  void finish_writing();
  /// Closes at once so that the peer sees an error, not an end. Nothing is told any more.
  void reset();
  /// Sends what the socket takes now and keeps the rest.
  void write(base::ByteView bytes);
  /// Bytes kept by write().
  bool is_writing() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // also held by what libuv has under way
};

}  // namespace ferry::client

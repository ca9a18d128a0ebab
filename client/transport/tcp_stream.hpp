#pragma once
// TcpStream: one outgoing TCP connection on the loop: looks the name up, tries its addresses in turn, reads and writes bytes.
// Threads: the loop's.

#include <memory>
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
    /// environment "relay_unreachable" (no address, refused, too late) or "relay_lost" (ended after it was connected).
    virtual void on_closed(base::Error error) = 0;

   protected:
    ~Listener() = default;
  };

  /// `scratch`: read into by all streams of the loop, one after the other; outlives this.
  TcpStream(Loop& loop, base::MutableByteView scratch, Listener& listener);
  /// Closes at once; what was not sent is lost.
  ~TcpStream();
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  void connect(const base::Host& host, std::uint16_t port, base::Duration timeout);
  /// Sends what the socket takes now and keeps the rest.
  void write(base::ByteView bytes);
  /// Bytes kept by write().
  bool is_writing() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // also held by what libuv has under way
};

}  // namespace ferry::client

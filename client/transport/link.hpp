#pragma once
// Link: how messages reach a relay and come back, encrypted. WebSocketLink is the one of today; another transport (QUIC) would be another
// Link. It knows messages as bytes only.

#include <memory>
#include <optional>

#include "client/transport/websocket_frames.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

class Link {
 public:
  /// Called from the loop, never from inside a call of the link, nor after it is destroyed. Those but on_open may destroy the link.
  class Listener {
   public:
    /// Messages may be sent now.
    virtual void on_open(const wire::Exporter& exporter) = 0;
    /// One whole message; keep `message.owner` as long as its bytes are needed.
    virtual void on_message(ReceivedMessage message) = 0;
    /// What came together has been handed over, or everything sent has left: a good time to send.
    virtual void on_idle() = 0;
    /// The end, before or after on_open; the last call. Environment or peer_fault.
    virtual void on_closed(base::Error error) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Link() = default;
  virtual void open() = 0;
  /// Queues one message; flush() sends what is queued. Precondition: on_open was called.
  virtual void send(const wire::OutMessage& message) = 0;
  virtual void flush() = 0;
  /// More would only pile up in memory: wait for on_idle().
  virtual bool is_full() const = 0;

  /// Where the other end is; nullopt while it is not connected, or where that is no address.
  virtual std::optional<base::IpAddress> peer() const { return std::nullopt; }

  /// Bytes that crossed the wire, both ways.
  virtual std::uint64_t wire_bytes() const = 0;
};

}  // namespace ferry::client

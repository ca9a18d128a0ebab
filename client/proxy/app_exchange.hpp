#pragma once
// AppExchange: what happens on an app's connection once it is known what the app wants: bytes carried to a destination (CarriedConnection) or a
// response fetched (FetchedExchange). AppConnection reads the app's request, makes one, and goes on with the next request when it is over.
// Threads: the loop's.

#include "client/front/http_request.hpp"
#include "client/transport/tcp_stream.hpp"

namespace ferry::client {

/// What an exchange needs of its connection. Calls that close it destroy the exchange a turn of the loop later.
class AppSide {
 public:
  virtual TcpStream& socket() = 0;
  /// on_app_bytes() takes more again.
  virtual void wants_more() = 0;
  /// The response is complete and the connection is good for another request.
  virtual void exchange_done() = 0;
  /// The same request is carried to its destination, since it cannot be fetched as it should. Precondition: nothing was written to the socket.
  virtual void carry_instead(const HttpRequestHead& head) = 0;
  /// The connection ends when all that was written has left.
  virtual void close_when_sent() = 0;
  /// At once; a reset tells the app that something is missing.
  virtual void close_now() = 0;

 protected:
  ~AppSide() = default;
};

class AppExchange {
 public:
  virtual ~AppExchange() = default;
  virtual void start() = 0;
  /// How many of the app's bytes belong to this exchange and were taken; the rest belongs to the next request, or comes again after
  /// AppSide::wants_more().
  virtual std::size_t on_app_bytes(base::ByteView bytes) = 0;
  virtual void on_app_drained() = 0;
  /// The app sends nothing more. False: then the exchange is of no use.
  virtual bool on_app_ended() = 0;
};

}  // namespace ferry::client

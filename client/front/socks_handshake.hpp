#pragma once
// SocksHandshake: an app's side of SOCKS5, SOCKS4 and SOCKS4a up to its request, without a socket. Holds at most one message; resolves no
// name. Whoever drives it opens the tunnel and then sends socks_granted() or socks_refused().
// Source: RFC 1928, RFC 1929; the SOCKS4 and 4A protocols (Ying-Da Lee).

#include <cstddef>
#include <optional>
#include <string>

#include "client/front/credentials.hpp"
#include "client/front/destination.hpp"
#include "client/front/socks_reply.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

/// CONNECT: the other commands are refused.
struct SocksRequest {
  SocksVersion version = SocksVersion::v5;
  Destination destination;
  std::string user;  ///< the app's name; empty when it gave none
};

struct SocksStep {
  std::size_t consumed = 0;            ///< of the bytes fed; what follows a request is the app's early data for the destination
  base::Bytes reply;                   ///< to the app now, also when it is refused
  std::optional<SocksRequest> request; ///< the handshake is over
  std::optional<base::Error> refused;  ///< the handshake is over: send the reply and close
};

class SocksHandshake {
 public:
  /// `required`: who may use the proxy; nullopt: anybody, and what an app sends as its user name is its name, with any password.
  explicit SocksHandshake(std::optional<Credentials> required = std::nullopt) : required_(std::move(required)) {}

  /// Takes bytes in any cut; several messages sent ahead in one piece are well. Not to be called once the handshake is over.
  /// Refusals: peer_fault "socks_version", "socks_format"; refusal "socks_method" (no acceptable way to authenticate), "socks_command"
  /// (BIND, UDP ASSOCIATE), "socks_address_type", "socks_user_too_long", "destination_port", "proxy_password_missing" (SOCKS4, or no
  /// user and password offered), "proxy_password_wrong", and those of base::Host.
  SocksStep feed(base::ByteView bytes);

 private:
  enum class State { version, methods, password, request5, request4, over };

  std::size_t wanted() const;
  std::size_t wanted5() const;
  std::size_t wanted4() const;
  void take_message(SocksStep& step);
  void take_methods(SocksStep& step);
  void take_password(SocksStep& step);
  void take_request5(SocksStep& step);
  void take_request4(SocksStep& step);
  void finish(SocksStep& step, SocksVersion version, base::Result<Destination> destination);
  void refuse(SocksStep& step, base::Bytes reply, base::Error error);

  std::optional<Credentials> required_;
  State state_ = State::version;
  base::Bytes message_;
  std::string user_;
};

}  // namespace ferry::client

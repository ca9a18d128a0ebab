#include "relay/ops/reserved_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "protocol/base/ip.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(const base::IpAddress& address, std::uint16_t port) {
  SocketAddress out;
  if (address.is_v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.data.data(), 16);
    std::memcpy(&out.storage, &v6, sizeof(v6));
    out.size = sizeof(v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.data.data(), 4);
    std::memcpy(&out.storage, &v4, sizeof(v4));
    out.size = sizeof(v4);
  }
  return out;
}

std::uint16_t port_of(const SocketAddress& address) {
  // The port lies at the same place in both forms.
  sockaddr_in v4{};
  std::memcpy(&v4, &address.storage, sizeof(v4));
  return ntohs(v4.sin_port);
}

}  // namespace

base::Result<ReservedPort> ReservedPort::take(const Endpoint& endpoint) {
  const auto failed = [&](int error) {
    const char* advice = error == EADDRINUSE ? "; is another relay or server running there? Choose another --listen" : "; choose another --listen";
    return base::fail(base::environment("listen", "cannot listen on " + to_text(endpoint) + ": " + std::generic_category().message(error) + advice));
  };
  FERRY_TRY(const auto address, base::IpAddress::parse(endpoint.host));
  auto where = socket_address(address, endpoint.port);
  FileDescriptor socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return failed(errno);
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  // Bound without SO_REUSEPORT, so that a port on which somebody listens is refused; the workers may share it from then on.
  if (::bind(socket.get(), where.get(), where.size) != 0) return failed(errno);
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) != 0) return failed(errno);
  if (::getsockname(socket.get(), where.get(), &where.size) != 0) return failed(errno);
  return ReservedPort(std::move(socket), Endpoint{endpoint.host, port_of(where)});
}

}  // namespace ferry::relay

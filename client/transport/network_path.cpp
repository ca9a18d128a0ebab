#include "client/transport/network_path.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace ferry::client {

namespace {

constexpr unsigned int kProbeAfterSeconds = 10;
constexpr int kProbeEverySeconds = 5;
constexpr int kProbes = 2;

bool is_same_address(const sockaddr_storage& own, const uv_interface_address_t& of_machine) {
  if (own.ss_family == AF_INET && of_machine.address.address4.sin_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(own).sin_addr.s_addr == of_machine.address.address4.sin_addr.s_addr;
  }
  if (own.ss_family != AF_INET6 || of_machine.address.address4.sin_family != AF_INET6) return false;
  return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(own).sin6_addr, &of_machine.address.address6.sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace

void end_when_unacknowledged(uv_tcp_t& socket) {
  uv_tcp_keepalive(&socket, 1, kProbeAfterSeconds);
  uv_os_fd_t descriptor{};
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&socket), &descriptor) != 0) return;
  const auto set = [descriptor](int option, int value) { setsockopt(descriptor, IPPROTO_TCP, option, &value, sizeof(value)); };
#ifdef TCP_KEEPINTVL
  set(TCP_KEEPINTVL, kProbeEverySeconds);
  set(TCP_KEEPCNT, kProbes);
#endif
#ifdef TCP_USER_TIMEOUT
  set(TCP_USER_TIMEOUT, static_cast<int>(kUnacknowledged.count()));
#endif
}

bool has_own_address(const uv_tcp_t& socket) {
  sockaddr_storage own{};
  int size = sizeof(own);
  if (uv_tcp_getsockname(&socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return true;
  uv_interface_address_t* list = nullptr;
  int count = 0;
  if (uv_interface_addresses(&list, &count) != 0) return true;
  const bool found = std::any_of(list, list + count, [&own](const auto& each) { return is_same_address(own, each); });
  uv_free_interface_addresses(list, count);
  return found || count == 0;
}

}  // namespace ferry::client

#include "relay/exit/socket_address.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace {

using namespace ferry;
using namespace ferry::relay::exit;

template <typename Address>
std::optional<SocketAddress> read(const Address& address, std::size_t length = sizeof(Address)) {
  const void* bytes = &address;
  return socket_address_from(static_cast<const sockaddr*>(bytes), static_cast<socklen_t>(length));
}

TEST_CASE("socket address: IPv4 address and port are read in network order") {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(443);
  inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
  CHECK(read(in) == SocketAddress{base::IpAddress::v4({192, 0, 2, 1}), 443});
  CHECK_FALSE(read(in, sizeof(in) - 1).has_value());
}

TEST_CASE("socket address: IPv6 is read without its scope") {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(80);
  in.sin6_scope_id = 7;
  inet_pton(AF_INET6, "fe80::1", &in.sin6_addr);
  CHECK(read(in) == SocketAddress{base::IpAddress::parse("fe80::1").value(), 80});
  CHECK_FALSE(read(in, sizeof(sockaddr_in)).has_value());
}

TEST_CASE("socket address: other families and no address at all are none") {
  sockaddr_un in{};
  in.sun_family = AF_UNIX;
  CHECK_FALSE(read(in).has_value());
  CHECK_FALSE(read(in, 0).has_value());
  CHECK_FALSE(socket_address_from(nullptr, sizeof(sockaddr_in)).has_value());
}

}  // namespace

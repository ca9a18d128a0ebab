#include "relay/exit/own_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "relay/exit/socket_address.hpp"

namespace ferry::relay::exit {

base::Result<std::vector<base::IpAddress>> interface_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return base::fail(base::environment("exit_interfaces", "cannot read the addresses of this machine's interfaces, without which the relay "
                                                           "cannot keep others from contacting it: " +
                                                               std::generic_category().message(errno)));
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list{first, &freeifaddrs};

  std::vector<base::IpAddress> addresses;
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const socklen_t length = entry->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (const auto found = socket_address_from(entry->ifa_addr, length)) addresses.push_back(found->address);
  }
  return addresses;
}

}  // namespace ferry::relay::exit

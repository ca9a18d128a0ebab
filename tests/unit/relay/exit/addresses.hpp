#pragma once
// IP addresses written as text, for tests.

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ip.hpp"

namespace ferry::relay::exit::test {

inline base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }

inline std::vector<base::IpAddress> ips(const std::vector<std::string>& texts) {
  std::vector<base::IpAddress> out;
  for (const std::string& text : texts) out.push_back(ip(text));
  return out;
}

}  // namespace ferry::relay::exit::test

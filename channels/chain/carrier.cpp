#include "channels/chain/carrier.hpp"

#include <string>
#include <variant>

#include "protocol/base/ip.hpp"

namespace ferry::chain {
namespace {

bool is_this_machine(const base::Host& host) {
  if (const auto* name = std::get_if<std::string>(&host.value)) return *name == "localhost";
  const auto& address = std::get<base::IpAddress>(host.value);
  if (!address.is_v6) return address.data[0] == 127;
  base::IpAddress loopback = base::IpAddress::v6({});
  loopback.data[15] = 1;
  return address == loopback;
}

}  // namespace

base::Result<void> check_carrier(const base::Url& url, bool insecure) {
  if (url.scheme == "https" && insecure) return base::fail(base::refusal("ledger_url_option", "insecure=1 is for http only: leave it out"));
  if (url.scheme == "http" && !insecure && !is_this_machine(url.host)) {
    return base::fail(base::refusal("ledger_url_insecure", "anyone on the way could change what a ledger says over http: use https, or add ?insecure=1"));
  }
  return {};
}

}  // namespace ferry::chain

#include "relay/exit/ares_answer.hpp"

#include <algorithm>
#include <limits>

#include "relay/exit/socket_address.hpp"

namespace ferry::relay::exit {
namespace {

base::Unexpected not_found() {
  return base::fail(base::environment("exit_name_not_found", "the name does not exist or has no address; check its spelling"));
}

base::Unexpected failed(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return not_found();
    case ARES_ETIMEOUT:
      return base::fail(base::environment("exit_resolver_timeout", "the name servers did not answer in time; try again"));
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
      return base::fail(base::environment("exit_resolver_stopped", "the relay is shutting down; ask another one"));
    default:
      return base::fail(
          base::environment("exit_resolver_failed", std::string{"the name servers failed ("} + ares_strerror(status) + "); try again"));
  }
}

}  // namespace

base::Result<DnsAnswer> answer_from(int status, const ares_addrinfo* result) {
  if (status != ARES_SUCCESS) return failed(status);
  DnsAnswer answer;
  int ttl = std::numeric_limits<int>::max();
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    const auto found = socket_address_from(node->ai_addr, node->ai_addrlen);
    if (!found || std::find(answer.addresses.begin(), answer.addresses.end(), found->address) != answer.addresses.end()) continue;
    answer.addresses.push_back(found->address);
    ttl = std::min(ttl, node->ai_ttl);
  }
  for (const ares_addrinfo_cname* alias = result->cnames; alias != nullptr; alias = alias->next) ttl = std::min(ttl, alias->ttl);
  if (answer.addresses.empty()) return not_found();
  answer.ttl = std::chrono::seconds{std::max(ttl, 0)};
  return answer;
}

}  // namespace ferry::relay::exit

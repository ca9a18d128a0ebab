#pragma once
// The proxy's own pages: what it spent and carries (/ and /status.json) and the script that browsers configure themselves by (/proxy.pac), at its
// listening address and at http://ferry.local/ through it.
// Threads: the loop's.

#include <string>

#include "client/front/http_request.hpp"
#include "client/proxy/proxy_house.hpp"

namespace ferry::client {

/// The request is for the proxy itself.
bool is_for_own_pages(const HttpRequestHead& head);

struct OwnPage {
  std::string response;  ///< complete
  bool keeps_alive = false;
};

/// `listen`: where the app connected. Asked for by another name than an address, localhost or ferry.local it answers 421: a page of the web must not
/// read this one under a name that it made point here. With a password it must be given (Authorization: Basic), but for the script.
OwnPage own_page(ProxyHouse& house, const HttpRequestHead& head, const Destination& listen);

}  // namespace ferry::client

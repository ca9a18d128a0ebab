#include "client/front/socks_reply.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

using base::Bytes;

TEST_CASE("socks reply: granted and refused, in both versions") {
  const auto error = base::refusal("tunnel_refused", "no");
  CHECK(socks_granted(SocksVersion::v5) == Bytes{5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  CHECK(socks_refused(SocksVersion::v5, error) == Bytes{5, 5, 0, 1, 0, 0, 0, 0, 0, 0});
  CHECK(socks_granted(SocksVersion::v4) == Bytes{0, 0x5a, 0, 0, 0, 0, 0, 0});
  CHECK(socks_refused(SocksVersion::v4, error) == Bytes{0, 0x5b, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("socks reply: an error becomes the nearest of nine codes") {
  const auto code = [](const char* of) { return static_cast<int>(socks5_code(base::environment(of, "x"))); };
  CHECK(code("exit_private") == 2);
  CHECK(code("exit_denied_domain") == 2);
  CHECK(code("exit_name_not_found") == 4);
  CHECK(code("exit_resolver_failed") == 4);
  CHECK(code("name_not_found") == 4);
  CHECK(code("dns_failed") == 4);
  CHECK(code("host_empty") == 4);
  CHECK(code("local_destination") == 2);
  CHECK(code("tunnel_refused") == 5);
  CHECK(code("tunnel_unreachable") == 4);
  CHECK(code("tunnel_timeout") == 6);
  CHECK(code("budget_reached") == 2);
  CHECK(code("no_funds") == 2);
  CHECK(code("price_too_high") == 2);
  CHECK(code("socks_command") == 7);
  CHECK(code("socks_address_type") == 8);
  CHECK(code("relay_lost") == 1);
  CHECK(code("") == 1);
}

}  // namespace ferry::client

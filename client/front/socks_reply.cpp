#include "client/front/socks_reply.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::client {

namespace {

struct Row {
  std::string_view prefix;
  Socks5Code code;
};

/// The first row that fits counts: a name that was not found is no policy, though its code begins like one.
constexpr std::array kRows{
    Row{"exit_name", Socks5Code::host_unreachable},
    Row{"exit_resolver", Socks5Code::host_unreachable},
    Row{"name_", Socks5Code::host_unreachable},
    Row{"dns", Socks5Code::host_unreachable},
    Row{"host_", Socks5Code::host_unreachable},
    Row{"exit_", Socks5Code::not_allowed},
    Row{"tunnel_refused", Socks5Code::connection_refused},
    Row{"tunnel_unreachable", Socks5Code::host_unreachable},
    Row{"tunnel_timeout", Socks5Code::ttl_expired},
    Row{"local_destination", Socks5Code::not_allowed},
    Row{"budget_reached", Socks5Code::not_allowed},
    Row{"no_funds", Socks5Code::not_allowed},
    Row{"price_too_high", Socks5Code::not_allowed},
    Row{"socks_command", Socks5Code::command_not_supported},
    Row{"socks_address_type", Socks5Code::address_type_not_supported},
};

}  // namespace

Socks5Code socks5_code(const base::Error& error) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&error](const Row& r) { return error.code.starts_with(r.prefix); });
  return row == kRows.end() ? Socks5Code::general_failure : row->code;
}

base::Bytes socks5_reply(Socks5Code code) {
  constexpr std::uint8_t kIpv4 = 1;
  return {5, static_cast<std::uint8_t>(code), 0, kIpv4, 0, 0, 0, 0, 0, 0};
}

base::Bytes socks4_reply(bool granted) {
  constexpr std::uint8_t kGranted = 0x5a;
  constexpr std::uint8_t kRejected = 0x5b;
  return {0, granted ? kGranted : kRejected, 0, 0, 0, 0, 0, 0};
}

base::Bytes socks_granted(SocksVersion version) {
  return version == SocksVersion::v4 ? socks4_reply(true) : socks5_reply(Socks5Code::succeeded);
}

base::Bytes socks_refused(SocksVersion version, const base::Error& error) {
  return version == SocksVersion::v4 ? socks4_reply(false) : socks5_reply(socks5_code(error));
}

}  // namespace ferry::client

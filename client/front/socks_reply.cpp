#include "client/front/socks_reply.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::client {

namespace {

struct ReplyRow {
  std::string_view prefix;
  Socks5Code code;
};

/// The first row that fits counts: a name that was not found is no policy, though its code begins like one.
constexpr std::array kReplyRows{
    ReplyRow{"exit_name", Socks5Code::host_unreachable},
    ReplyRow{"exit_resolver", Socks5Code::host_unreachable},
    ReplyRow{"name_", Socks5Code::host_unreachable},
    ReplyRow{"dns", Socks5Code::host_unreachable},
    ReplyRow{"host_", Socks5Code::host_unreachable},
    ReplyRow{"exit_", Socks5Code::not_allowed},
    ReplyRow{"tunnel_refused", Socks5Code::connection_refused},
    ReplyRow{"tunnel_unreachable", Socks5Code::host_unreachable},
    ReplyRow{"tunnel_timeout", Socks5Code::ttl_expired},
    ReplyRow{"local_destination", Socks5Code::not_allowed},
    ReplyRow{"budget_reached", Socks5Code::not_allowed},
    ReplyRow{"no_funds", Socks5Code::not_allowed},
    ReplyRow{"price_too_high", Socks5Code::not_allowed},
    ReplyRow{"socks_command", Socks5Code::command_not_supported},
    ReplyRow{"socks_address_type", Socks5Code::address_type_not_supported},
};

}  // namespace

Socks5Code socks5_code(const base::Error& error) {
  const auto row = std::find_if(kReplyRows.begin(), kReplyRows.end(), [&error](const ReplyRow& r) { return error.code.starts_with(r.prefix); });
  return row == kReplyRows.end() ? Socks5Code::general_failure : row->code;
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

// What the relay may contact, and how much of the machine it may use.

#include <utility>

#include "relay/exit/exit_rules.hpp"
#include "relay/ops/option_kinds.hpp"
#include "relay/ops/option_lists.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

using base::Result;
using kinds::About;

namespace {

constexpr const char* kExit = "What the relay may contact";
constexpr const char* kCapacity = "Capacity";

/// The check of a list's element is the parser of what it will become.
template <typename T>
auto checked_by(Result<T> (*parse)(std::string_view)) {
  return [parse](const std::string& text) -> Result<void> {
    if (const auto parsed = parse(text); !parsed) return base::fail(base::refusal("setting", parsed.error().message));
    return {};
  };
}

Result<void> check_resolver(const std::string& text) {
  if (base::IpAddress::parse(text)) return {};
  FERRY_CHECK(parse_endpoint(text));
  return {};
}

Option exit_ports() {
  Option option{"exit_port", kExit, "PORT", "a port that origins may be asked on, instead of 80 and 443", OptionShape::numbers, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    std::vector<std::uint16_t> ports;
    for (const auto& value : values) {
      FERRY_TRY(const auto port, parse_count(value, 1, 65'535));
      ports.push_back(static_cast<std::uint16_t>(port));
    }
    settings.exit_ports = std::move(ports);
    return {};
  };
  option.get = [](const RelaySettings& settings) {
    OptionValues values;
    for (const auto port : settings.exit_ports) values.push_back(std::to_string(port));
    return values;
  };
  return option;
}

}  // namespace

std::vector<Option> exit_options() {
  return {
      kinds::texts(About{"exit_allow", kExit, "CIDR[:PORT]", "open a range that is refused by default (private, loopback, test networks …)"},
                   [](RelaySettings& s) -> auto& { return s.exit_allow; }, checked_by(&exit::parse_exit_allow)),
      kinds::texts(About{"exit_deny", kExit, "CIDR", "never contact this range"}, [](RelaySettings& s) -> auto& { return s.exit_deny; },
                   checked_by(&exit::parse_exit_deny)),
      kinds::texts(About{"exit_deny_domain", kExit, "DOMAIN", "never contact this name or a name below it"},
                   [](RelaySettings& s) -> auto& { return s.exit_deny_domains; }, checked_by(&exit::parse_deny_domain)),
      exit_ports(),
      kinds::texts(About{"public_address", kExit, "ADDRESS", "an address of this relay that its interfaces do not show; refused as they are"},
                   [](RelaySettings& s) -> auto& { return s.public_addresses; }, checked_by(&base::IpAddress::parse)),
      kinds::texts(About{"resolver", kExit, "ADDRESS[:PORT]", "a DNS server to ask instead of the system's"},
                   [](RelaySettings& s) -> auto& { return s.resolvers; }, &check_resolver),
      kinds::text(About{"ca_file", kExit, "FILE.pem", "certificate authorities that origins must prove themselves by, instead of the system's"},
                  [](RelaySettings& s) -> auto& { return s.ca_file; }),
  };
}

std::vector<Option> capacity_options() {
  return {
      kinds::count<std::size_t>(About{"workers", kCapacity, "COUNT", "threads that serve clients; 0: one per core"},
                                [](RelaySettings& s) -> auto& { return s.workers; }, 0, 256),
      kinds::bytes(About{"cache_memory", kCapacity, "BYTES", "chunks held in memory"}, [](RelaySettings& s) -> auto& { return s.cache.memory_bytes; }),
      kinds::bytes(About{"cache_disk", kCapacity, "BYTES", "chunks held on disk, in the data directory; 0: none"},
                   [](RelaySettings& s) -> auto& { return s.cache.disk_bytes; }),
      kinds::bytes(About{"cache_reserve", kCapacity, "BYTES", "left free on the disk whatever the cache would like"},
                   [](RelaySettings& s) -> auto& { return s.cache.free_reserve_bytes; }),
      kinds::count<std::size_t>(About{"max_connections", kCapacity, "COUNT", "connections of clients at one time"},
                                [](RelaySettings& s) -> auto& { return s.limits.connections; }, 1, 1'000'000),
      kinds::count<std::size_t>(About{"max_connections_per_address", kCapacity, "COUNT", "the same for one IPv4 address or IPv6 /56"},
                                [](RelaySettings& s) -> auto& { return s.limits.connections_per_address; }, 1, 1'000'000),
      kinds::count<std::size_t>(About{"max_streams", kCapacity, "COUNT", "requests and tunnels at one time in one session"},
                                [](RelaySettings& s) -> auto& { return s.limits.streams_per_session; }, 1, 4'096),
      kinds::count<std::size_t>(About{"max_fetches_per_host", kCapacity, "COUNT", "transfers from one origin at one time, over all clients"},
                                [](RelaySettings& s) -> auto& { return s.limits.fetches_per_host; }, 1, 1'024),
      kinds::duration(About{"tunnel_idle", kCapacity, "SECONDS", "a tunnel that carries nothing for so long is ended"},
                     [](RelaySettings& s) -> auto& { return s.limits.tunnel_idle; }, std::chrono::seconds{10}, std::chrono::seconds{86'400}),
      kinds::duration(About{"tunnel_total", kCapacity, "SECONDS", "longest life of a tunnel"}, [](RelaySettings& s) -> auto& { return s.limits.tunnel_total; },
                     std::chrono::seconds{60}, std::chrono::seconds{30 * 86'400}),
      kinds::bytes(About{"max_body", kCapacity, "BYTES", "longest response that is fetched"}, [](RelaySettings& s) -> auto& { return s.limits.body_bytes; }),
  };
}

}  // namespace ferry::relay

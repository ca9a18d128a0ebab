#pragma once
// RelaySettings: everything an operator can set, as values with their defaults. Filled by relay/ops from file, environment and flags; never
// changes while the relay runs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pricing/tariff.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"

namespace ferry::relay {

struct Endpoint {
  std::string host;  ///< numeric address to listen on
  std::uint16_t port = 0;
};

struct CacheSettings {
  std::uint64_t memory_bytes = std::uint64_t{256} << 20U;
  std::uint64_t disk_bytes = std::uint64_t{10} << 30U;
  std::uint64_t free_reserve_bytes = std::uint64_t{256} << 20U;  ///< of the file system, never filled by the cache
};

struct LimitSettings {
  std::size_t connections = 20'000;             ///< per process
  std::size_t connections_per_address = 256;    ///< per IPv4 /32 or IPv6 /56
  std::size_t streams_per_session = 512;
  std::size_t fetches_per_host = 6;
  std::uint64_t body_bytes = std::uint64_t{16} << 40U;
  std::chrono::seconds tunnel_idle{300};        ///< a tunnel that carries nothing for so long is ended
  std::chrono::seconds tunnel_total{86'400};    ///< and every tunnel after this
};

struct LedgerSettings {
  std::string url = "embedded";
  std::uint64_t min_withdraw_delay_seconds = 900;   ///< of an embedded ledger made now
  std::uint64_t withdraw_delay_seconds = 86'400;    ///< what this relay asks of channels
  base::Amount min_deposit = base::Amount::btt(1);
  base::Amount faucet_amount = base::Amount::btt(1'000'000);
  std::uint32_t faucet_bits = 18;                   ///< leading zero bits of the proof of work; 0 switches the faucet off
  std::chrono::seconds claim_interval{600};
  std::uint32_t claim_worth = 50;                   ///< a claim must bring so many times what it costs; less when it waits for long
  std::uint32_t settle_worth = 100;
  base::Amount coin_price = base::Amount::btt(1);   ///< in the channels' token, where fees are paid in another coin
  std::chrono::seconds outbid_after{300};
  std::optional<base::Address> beneficiary;         ///< where claims pay to; default: the identity's own address
};

struct DiscoveryChoice {
  bool dht = false;
  Endpoint dht_listen{"0.0.0.0", 0};     ///< UDP
  std::vector<std::string> bootstrap;    ///< "host:port" of DHT nodes
  std::string family, region;            ///< stand in the descriptor
};

struct LogSettings {
  enum class Format : std::uint8_t { text, json };
  Format format = Format::text;
  std::string level = "info";  ///< error, warning, info or debug
};

struct RelaySettings {
  Endpoint listen{"127.0.0.1", 0};
  Endpoint admin{"127.0.0.1", 0};
  std::vector<std::string> admin_hosts;  ///< names under which the admin address may be asked for, besides localhost and numeric addresses
  std::string public_host;            ///< "host" or "host:port" that clients dial, for the relay reference; default: the listening address
  std::string data_dir;
  std::string contact;                ///< operator's contact, shown on the abuse notice
  std::string certificate_file, private_key_file;  ///< PEM; empty: self-signed
  std::string ca_file;                ///< PEM bundle for origins; empty: the system's
  std::vector<std::string> exit_allow, exit_deny, exit_deny_domains;
  std::vector<std::uint16_t> exit_ports{80, 443};
  std::vector<std::string> public_addresses;       ///< own addresses that interfaces do not show (NAT)
  std::vector<std::string> resolvers;              ///< "address[:port]"; empty: those of the system
  std::size_t workers = 0;            ///< 0: one per core
  std::chrono::seconds drain_timeout{30};
  bool log_urls = false;
  std::string watchtower;                  ///< "http(s)://host:port" where this relay leaves its claims; empty: nowhere
  std::vector<std::string> watch_relays;   ///< a watchtower: the relays that it works for
  LogSettings log;
  pricing::Tariff tariff = pricing::Tariff::standard();
  CacheSettings cache;
  LimitSettings limits;
  LedgerSettings ledger;
  DiscoveryChoice discovery;
};

}  // namespace ferry::relay

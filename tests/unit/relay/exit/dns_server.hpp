#pragma once
// A DNS server on loopback for tests of the resolver: answers questions over UDP, and over TCP where an answer
// is too long, from a table and notes what was asked.

#include <utility>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/ip.hpp"

namespace ferry::relay::exit::test {

struct DnsRecords {
  std::vector<base::IpAddress> addresses = {};
  std::uint32_t ttl = 60;
  std::string alias = {};    ///< a CNAME that is answered first; `addresses` are then the alias's
  std::uint32_t alias_ttl = 60;
  std::uint8_t rcode = 0;
  bool silent = false;       ///< no answer at all
  bool truncated = false;    ///< over UDP nothing but the hint to ask over TCP
  bool garbage = false;      ///< bytes that are no DNS message, before the answer
};

/// Threads: the one that runs `io`. Unknown names get NXDOMAIN.
class DnsServer {
 public:
  explicit DnsServer(boost::asio::io_context& io);

  /// "127.0.0.1:port" for ResolverSettings::servers.
  std::string endpoint() const;
  void set(const std::string& name, DnsRecords records) { table_[name] = std::move(records); }
  /// Questions for addresses of IPv4 (each lookup asks one), in order.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  struct TcpPeer;

  void receive();
  void accept();
  void read_length(const std::shared_ptr<TcpPeer>& peer);
  void read_question(const std::shared_ptr<TcpPeer>& peer);
  /// nullopt: keep silent.
  std::optional<std::vector<std::uint8_t>> answer(const std::uint8_t* question, std::size_t size, bool over_udp);

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint peer_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::array<std::uint8_t, 512> question_{};
  std::map<std::string, DnsRecords> table_;
  std::vector<std::string> asked_;
};

}  // namespace ferry::relay::exit::test

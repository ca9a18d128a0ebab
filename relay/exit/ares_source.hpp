#pragma once
// DnsSource on c-ares, driven by the worker's io_context: no thread, no blocking call but the reading of /etc/hosts, which c-ares
// does first. Search domains and aliases of the environment are not used: a name means the same on every relay.

#include <utility>

#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "protocol/base/result.hpp"
#include "relay/exit/dns_source.hpp"

namespace ferry::relay::exit {

/// Threads: the one that runs the io_context. Lifetime: destroy it before the io_context.
class AresSource final : public DnsSource {
 public:
  /// Errors: environment "exit_resolver_start".
  static base::Result<std::unique_ptr<DnsSource>> start(boost::asio::io_context& io, const ResolverSettings& settings);

  ~AresSource() override;

  void lookup(const std::string& name, Done done) override;

 private:
  struct Socket;

  explicit AresSource(boost::asio::io_context& io);
  base::Result<void> open(const ResolverSettings& settings);

  static void on_socket_state(void* self, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* result);

  void set_wanted(ares_socket_t fd, bool read, bool write);
  void wait_for_read(const std::shared_ptr<Socket>& socket);
  void wait_for_write(const std::shared_ptr<Socket>& socket);
  void wait_for_timeout();

  boost::asio::io_context& io_;
  /// Shared so that a handler that runs late can tell that its timer, and this object, are gone.
  std::shared_ptr<boost::asio::steady_timer> timer_;
  std::unordered_map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  ares_channel channel_ = nullptr;
};

}  // namespace ferry::relay::exit

#pragma once
// AdminServer: HTTP/1.1 on the admin address, or a watchtower's, on a thread of its own so that it answers however busy the workers are. What it answers is
// decided in admin_routes.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_set>

#include "protocol/base/result.hpp"
#include "relay/ops/admin_routes.hpp"
#include "relay/shared/blocking_pool.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

class AdminServer {
 public:
  using tcp = boost::asio::ip::tcp;

  /// `pool` answers what may block. Lifetime: outlives this.
  explicit AdminServer(BlockingPool& pool) : pool_(pool) {}
  /// Stops.
  ~AdminServer() { stop(); }
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Takes the address; connections wait until start(). Gives the port. Errors: environment "admin_listen".
  /// `flag`: what the operator would change.
  base::Result<std::uint16_t> listen(const Endpoint& endpoint, const std::string& flag = "--admin");
  void start(AdminSources sources);
  /// With other answers than the admin API's. `answer` may block, and is called from several threads.
  void start(std::function<AdminResponse(const AdminRequest&)> answer);
  /// Answers nothing more; joins the thread. Work on the pool may still be running.
  void stop();

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(tcp::socket socket);

  BlockingPool& pool_;
  std::function<AdminResponse(const AdminRequest&)> answer_;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  std::size_t connections_ = 0;
  std::thread thread_;
};

}  // namespace ferry::relay

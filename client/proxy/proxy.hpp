#pragma once
// Proxy: the local SOCKS and HTTP proxy as a job of a client: listens, takes connections up to a limit, and keeps them until they end or it is
// cancelled.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "client/job.hpp"
#include "client/proxy/app_connection.hpp"
#include "client/proxy/proxy_house.hpp"

namespace ferry::client {

struct ProxyCallbacks {
  std::function<void(const std::string& json)> on_ready;  ///< it listens: {"proxy":"127.0.0.1:1080","pac":…,"listen":[…]}
  std::function<void(const base::Error* error)> on_stopped;  ///< exactly once; null: as was asked for
};

class Proxy final : public Job, public std::enable_shared_from_this<Proxy> {
 public:
  Proxy(Core& core, KnownRelays& relays, RelayFinder& finder, std::uint64_t id, ProxySettings settings, ProxyCallbacks callbacks, JobEnded ended);
  ~Proxy() override;

  /// Listens, or ends with environment "proxy_listen" (the address is taken, or not of this machine).
  void start();
  void cancel(const base::Error& why) override;

 private:
  class Listener;

  base::Result<void> listen();
  void on_connection(Listener& listener, uv_stream_t* socket);
  void make_room();
  void remove(AppConnection* connection);
  void stop(const base::Error* error);

  Core& core_;
  std::uint64_t id_;
  ProxyCallbacks callbacks_;
  JobEnded ended_;
  std::shared_ptr<ProxyHouse> house_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<AppConnection*, std::unique_ptr<AppConnection>> connections_;
  std::vector<AppConnection*> by_age_;  ///< oldest first; those that are gone are left out when it is looked at
  bool over_ = false;
};

}  // namespace ferry::client

#include "client/proxy/proxy.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"

namespace ferry::client {

using base::Result;

namespace {

constexpr int kBacklog = 512;

sockaddr_storage socket_address(const Destination& listen) {
  sockaddr_storage storage{};
  const auto& ip = std::get<base::IpAddress>(listen.host.value);
  if (ip.is_v6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(listen.port);
    std::memcpy(&v6->sin6_addr, ip.data.data(), 16);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(listen.port);
    std::memcpy(&v4->sin_addr, ip.data.data(), 4);
  }
  return storage;
}

std::uint16_t port_of(const uv_tcp_t& socket) {
  sockaddr_storage storage{};
  int size = sizeof(storage);
  if (uv_tcp_getsockname(&socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

}  // namespace

/// One listening socket.
class Proxy::Listener {
 public:
  Listener(Proxy& proxy, Destination where) : proxy_(proxy), where_(std::move(where)), socket_(new uv_tcp_t{}) { socket_->data = this; }
  ~Listener() {
    socket_->data = nullptr;
    if (!is_open_) {
      delete socket_;
      return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(socket_), [](uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); });
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Result<void> open(Loop& loop) {
    is_open_ = uv_tcp_init(loop.native(), socket_) == 0;
    const auto address = socket_address(where_);
    int error = is_open_ ? uv_tcp_bind(socket_, reinterpret_cast<const sockaddr*>(&address), 0) : UV_EMFILE;
    const auto came = [](uv_stream_t* socket, int status) {
      auto* self = static_cast<Listener*>(socket->data);
      if (status == 0 && self != nullptr) self->proxy_.on_connection(*self, socket);
    };
    if (error == 0) error = uv_listen(reinterpret_cast<uv_stream_t*>(socket_), kBacklog, came);
    if (error != 0) {
      return base::fail(base::environment("proxy_listen", "cannot listen on " + where_.to_string() + " (" + uv_strerror(error) + "): choose another --listen"));
    }
    where_.port = port_of(*socket_);
    return {};
  }

  const Destination& where() const { return where_; }

 private:
  Proxy& proxy_;
  Destination where_;
  uv_tcp_t* socket_;  // libuv's until its close callback
  bool is_open_ = false;
};

Proxy::Proxy(Core& core, KnownRelays& relays, RelayFinder& finder, std::uint64_t id, ProxySettings settings, ProxyCallbacks callbacks, JobEnded ended)
    : core_(core), id_(id), callbacks_(std::move(callbacks)), ended_(std::move(ended)), house_(std::make_shared<ProxyHouse>(core, relays, finder, std::move(settings))) {}

Proxy::~Proxy() = default;

void Proxy::start() {
  if (const auto listening = listen(); !listening) return stop(&listening.error());
  nlohmann::json addresses = nlohmann::json::array();
  for (const auto& listener : listeners_) addresses.push_back(listener->where().to_string());
  const auto first = listeners_.front()->where().to_string();
  // The first app must not wait for what can be done before it.
  for (auto* relay : house_->relays().usable(core_.settings.relays)) {
    relay->connect([](const Result<void>&) {});
    break;
  }
  if (callbacks_.on_ready) callbacks_.on_ready(json_text({{"proxy", first}, {"pac", "http://" + first + "/proxy.pac"}, {"listen", addresses}}));
}

Result<void> Proxy::listen() {
  FERRY_CHECK(check(house_->settings()));
  for (const auto& where : house_->settings().listen) {
    listeners_.push_back(std::make_unique<Listener>(*this, where));
    FERRY_CHECK(listeners_.back()->open(core_.loop));
  }
  return {};
}

void Proxy::on_connection(Listener& listener, uv_stream_t* socket) {
  if (connections_.size() >= house_->settings().max_connections) make_room();
  auto connection = std::make_unique<AppConnection>(*house_, listener.where(), [weak = weak_from_this()](AppConnection* gone) {
    if (const auto self = weak.lock()) self->remove(gone);
  });
  auto* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  by_age_.push_back(raw);
  if (!raw->accept(socket)) raw->close();
}

void Proxy::make_room() {
  std::erase_if(by_age_, [this](AppConnection* connection) { return !connections_.contains(connection); });
  const auto idle = std::find_if(by_age_.begin(), by_age_.end(), [](const AppConnection* connection) { return connection->is_idle(); });
  auto* oldest = idle != by_age_.end() ? *idle : by_age_.front();
  by_age_.erase(std::find(by_age_.begin(), by_age_.end(), oldest));
  oldest->close();
}

/// It is on the call stack: it goes a turn of the loop later.
void Proxy::remove(AppConnection* connection) {
  auto taken = connections_.extract(connection);
  if (taken.empty()) return;
  core_.loop.post([gone = std::shared_ptr<AppConnection>(std::move(taken.mapped()))] {});
  if (by_age_.size() > 2 * house_->settings().max_connections) std::erase_if(by_age_, [this](AppConnection* one) { return !connections_.contains(one); });
}

void Proxy::cancel(const base::Error& why) {
  const bool asked_for = why.code == "cancelled";
  stop(asked_for ? nullptr : &why);
}

void Proxy::stop(const base::Error* error) {
  if (std::exchange(over_, true)) return;
  listeners_.clear();
  while (!connections_.empty()) connections_.begin()->first->close();
  // What was closed just now goes first; then what was used is written.
  core_.loop.post([self = shared_from_this(), error = error != nullptr ? std::optional(*error) : std::nullopt] {
    self->house_->stop([self, error] {
      if (self->callbacks_.on_stopped) self->callbacks_.on_stopped(error ? &*error : nullptr);
      self->ended_(self->id_);
    });
  });
}

}  // namespace ferry::client

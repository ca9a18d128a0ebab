#pragma once
// ProxyTrial: the local proxy of a TestClient on a loopback port, and the apps that use it with plain blocking sockets.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "tests/unit/client/tunnel/tunnel_trial.hpp"

namespace ferry::client::testing {

/// A program's socket. Whatever does not come within half a minute fails the test.
class App {
 public:
  explicit App(std::uint16_t port) : App(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), true) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  App(int socket, bool /*owned*/) : socket_(socket) {
    const timeval half_a_minute{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &half_a_minute, sizeof(half_a_minute));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &half_a_minute, sizeof(half_a_minute));
  }
  ~App() { close(); }
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      REQUIRE(count > 0);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  std::string read(std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t count = ::recv(socket_, text.data() + got, size - got, 0);
      REQUIRE(count > 0);
      got += static_cast<std::size_t>(count);
    }
    return text;
  }
  std::string read_head() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += read(1);
    return head;
  }
  /// Until the end; `is_reset` tells what kind.
  std::string read_to_end() {
    std::string text;
    std::string buffer(65536, '\0');
    for (;;) {
      const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      REQUIRE_FALSE((count < 0 && errno == EAGAIN));
      was_reset_ = count < 0;
      if (count <= 0) return text;
      text.append(buffer, 0, static_cast<std::size_t>(count));
    }
  }
  bool was_reset() const { return was_reset_; }
  void finish() const { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  /// With a reset.
  void abort() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }

 private:
  int socket_;
  bool was_reset_ = false;
};

class ProxyTrial {
 public:
  explicit ProxyTrial(TestClient& client, ProxySettings settings = {}) : client_(client), id_(client.client().new_id()) {
    ProxyCallbacks callbacks;
    callbacks.on_ready = [shared = shared_](const std::string& json) { shared->ready.set_value(nlohmann::json::parse(json)); };
    callbacks.on_stopped = [shared = shared_](const base::Error* error) { shared->stopped.set_value(error != nullptr ? error->code : ""); };
    client.client().start_proxy(id_, std::move(settings), std::move(callbacks));
  }
  ~ProxyTrial() {
    if (!over_) stop();
  }
  ProxyTrial(const ProxyTrial&) = delete;
  ProxyTrial& operator=(const ProxyTrial&) = delete;

  const nlohmann::json& ready() {
    if (ready_.is_null()) ready_ = shared_->ready.get_future().get();
    return ready_;
  }
  std::uint16_t port() {
    const auto text = ready()["proxy"].get<std::string>();
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  }
  /// The code that it ended with, "" when it was stopped.
  std::string wait_for_stop() {
    over_ = true;
    return shared_->stopped.get_future().get();
  }
  std::string stop() {
    client_.client().cancel(id_);
    return wait_for_stop();
  }
  nlohmann::json status() {
    App app(port());
    app.send("GET /status.json HTTP/1.0\r\n\r\n");
    app.read_head();
    return nlohmann::json::parse(app.read_to_end());
  }

 private:
  struct Shared {
    std::promise<nlohmann::json> ready;
    std::promise<std::string> stopped;
  };
  TestClient& client_;
  std::uint64_t id_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  nlohmann::json ready_;
  bool over_ = false;
};

inline std::string text_of(const base::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
inline base::Bytes bytes_from(std::string_view text) { return {text.begin(), text.end()}; }

inline std::string port_bytes(std::uint16_t port) { return {static_cast<char>(port >> 8U), static_cast<char>(port & 0xffU)}; }

inline std::string socks5_connect(const std::string& host, std::uint16_t port) {
  return std::string("\x05\x01\x00\x03", 4) + static_cast<char>(host.size()) + host + port_bytes(port);
}
inline const std::string kSocks5Hello{"\x05\x01\x00", 3};
inline const std::string kSocks5Granted{"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10};

inline std::string socks4a_connect(const std::string& host, std::uint16_t port) {
  return std::string("\x04\x01", 2) + port_bytes(port) + std::string("\x00\x00\x00\x01me\x00", 7) + host + std::string(1, '\0');
}

inline std::string connect_request(const std::string& to, const std::string& more = {}) { return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n" + more + "\r\n"; }

inline std::string get_request(const std::string& url, const std::string& more = {}) {
  return "GET " + url + " HTTP/1.1\r\nHost: origin.test\r\n" + more + "\r\n";
}

/// What an answer's Content-Length says.
inline std::size_t length_of(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  REQUIRE(at != std::string::npos);
  return static_cast<std::size_t>(std::stoul(head.substr(at + 16)));
}
inline int status_of(const std::string& head) {
  REQUIRE(head.starts_with("HTTP/1.1 "));
  return std::stoi(head.substr(9, 3));
}
inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A destination of this machine: takes one connection, and sends back what comes until it ends.
class LocalEcho {
 public:
  LocalEcho() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~LocalEcho() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void run() const {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      std::string buffer(65536, '\0');
      for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
        for (ssize_t sent = 0; sent < count;) {
          const ssize_t some = ::send(socket, buffer.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
          if (some <= 0) break;
          sent += some;
        }
      }
      ::close(socket);
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Answers one HTTP request with this, whole, and ends.
inline Site answers_http(std::string answer) {
  return [answer = std::move(answer), came = std::string{}](base::ByteView bytes, bool) mutable {
    came.append(bytes.begin(), bytes.end());
    const bool complete = came.find("\r\n\r\n") != std::string::npos && (came.find("Content-Length: 5") == std::string::npos || came.ends_with("hello"));
    if (!complete) return SiteStep{};
    return SiteStep{bytes_from(answer), true};
  };
}

/// Sends all in one thread and reads all in another, as a browser does.
inline std::string send_and_read(App& app, const std::string& text) {
  std::thread sender([&] {
    app.send(text);
    app.finish();
  });
  auto got = app.read_to_end();
  sender.join();
  return got;
}

/// Connects to kSite in one of the ways; what is left is the destination's.
inline void enter(App& app, const std::string& way) {
  if (way == "SOCKS5") {
    app.send(kSocks5Hello);
    CHECK(app.read(2) == std::string("\x05\x00", 2));
    app.send(socks5_connect("site.test", 80));
    CHECK(app.read(10) == kSocks5Granted);
  } else if (way == "SOCKS4a") {
    app.send(socks4a_connect("site.test", 80));
    CHECK(app.read(8) == std::string("\x00\x5a\x00\x00\x00\x00\x00\x00", 8));
  } else {
    app.send(connect_request(kSite));
    CHECK(status_of(app.read_head()) == 200);
  }
}

inline const std::string kWays[] = {"SOCKS5", "SOCKS4a", "CONNECT"};

}  // namespace ferry::client::testing

#include "client/transport/tcp_stream.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

namespace ferry::client {

namespace {

int listen_locally(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return listener;
}

/// One stream on a loop of its own, and what it told.
struct Trial final : TcpStream::Listener {
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  base::Bytes scratch = base::Bytes(4096);
  std::unique_ptr<TcpStream> stream;
  std::promise<void> connected;
  std::promise<std::string> got;
  std::promise<base::Error> closed;
  std::string text;
  std::size_t wanted = 0;
  base::Bytes to_send;

  void connect(const std::string& host, std::uint16_t port, base::Duration timeout = base::Duration{10'000}) {
    loop->post([this, host = *base::Host::parse(host), port, timeout] {
      stream = std::make_unique<TcpStream>(*loop, base::MutableByteView{scratch}, *this);
      stream->connect(host, port, timeout);
    });
  }
  ~Trial() {
    loop->post([this] {
      stream.reset();
      loop->stop();
    });
    loop->join();
  }
  void on_connected() override {
    connected.set_value();
    if (!to_send.empty()) stream->write(base::ByteView{to_send});
  }
  void on_bytes(base::ByteView bytes) override {
    text += base::text_of(bytes);
    if (text.size() == wanted) got.set_value(text);
  }
  void on_drained() override {}
  void on_closed(base::Error error) override {
    stream.reset();
    closed.set_value(std::move(error));
  }
};

}  // namespace

TEST_CASE("tcp: bytes go both ways, more than a socket takes at once too") {
  std::uint16_t port = 0;
  const int listener = listen_locally(port);
  Trial trial;
  trial.wanted = 5;
  trial.to_send.assign(std::size_t{8} << 20U, 7);
  trial.connect("127.0.0.1", port);
  const int peer = ::accept(listener, nullptr, nullptr);
  std::size_t received = 0;
  base::Bytes buffer(65536);
  while (received < trial.to_send.size()) {
    const ssize_t count = ::read(peer, buffer.data(), buffer.size());
    REQUIRE(count > 0);
    received += static_cast<std::size_t>(count);
  }
  REQUIRE(::write(peer, "hello", 5) == 5);
  CHECK(trial.got.get_future().get() == "hello");
  ::close(peer);
  CHECK(trial.closed.get_future().get().code == "relay_lost");
  ::close(listener);
}

TEST_CASE("tcp: a name is looked up") {
  std::uint16_t port = 0;
  const int listener = listen_locally(port);
  Trial trial;
  trial.connect("localhost", port);
  trial.connected.get_future().get();
  ::close(listener);
}

TEST_CASE("tcp: where nobody listens, and what has no address, is unreachable") {
  std::uint16_t port = 0;
  ::close(listen_locally(port));
  Trial refused;
  refused.connect("127.0.0.1", port);
  CHECK(refused.closed.get_future().get().code == "relay_unreachable");
  Trial unknown;
  unknown.connect("no-such-name.invalid", 1);
  CHECK(unknown.closed.get_future().get().code == "relay_unreachable");
}

TEST_CASE("tcp: a peer that is gone does not end the process by a signal") {
  std::uint16_t port = 0;
  const int listener = listen_locally(port);
  Trial trial;
  trial.connect("127.0.0.1", port);
  const int peer = ::accept(listener, nullptr, nullptr);
  trial.connected.get_future().get();
  const linger now{1, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(peer);
  std::promise<void> wrote;
  trial.loop->post([&] {
    const base::Bytes bytes(1000, 1);
    for (int i = 0; i < 10 && trial.stream; ++i) trial.stream->write(base::ByteView{bytes});
    wrote.set_value();
  });
  wrote.get_future().get();
  CHECK(trial.closed.get_future().get().code == "relay_lost");
  ::close(listener);
}

TEST_CASE("tcp: destroyed while it connects, it says nothing more") {
  std::uint16_t port = 0;
  const int listener = listen_locally(port);
  {
    Trial trial;
    trial.connect("127.0.0.1", port);
  }
  {
    Trial trial;
    trial.connect("localhost", port);
  }
  ::close(listener);
}

}  // namespace ferry::client

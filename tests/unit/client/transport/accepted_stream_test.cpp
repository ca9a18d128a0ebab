// TcpStream as a connection that was accepted: an app's.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "client/transport/tcp_stream.hpp"

namespace ferry::client {

namespace {

/// Listens on the loop, takes one connection, and keeps what it tells.
struct Trial final : TcpStream::Listener {
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  base::Bytes scratch = base::Bytes(4096);
  std::unique_ptr<TcpStream> stream;
  uv_tcp_t listening{};
  std::uint16_t port = 0;
  int peer = -1;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t got = 0;
  bool accepted = false, ended = false, drained = false, listens = false, gone = false;
  std::optional<base::Error> closed;

  Trial() {
    on_loop([this] {
      uv_tcp_init(loop->native(), &listening);
      listening.data = this;
      sockaddr_in address{};
      uv_ip4_addr("127.0.0.1", 0, &address);
      uv_tcp_bind(&listening, reinterpret_cast<const sockaddr*>(&address), 0);
      uv_listen(reinterpret_cast<uv_stream_t*>(&listening), 4, [](uv_stream_t* socket, int) { static_cast<Trial*>(socket->data)->accept(socket); });
      int size = sizeof(address);
      uv_tcp_getsockname(&listening, reinterpret_cast<sockaddr*>(&address), &size);
      port = ntohs(address.sin_port);
    });
    peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    const timeval half_a_minute{30, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &half_a_minute, sizeof(half_a_minute));
    wait([this] { return accepted; });
  }
  ~Trial() {
    on_loop([this] {
      stream.reset();
      uv_close(reinterpret_cast<uv_handle_t*>(&listening), nullptr);
    });
    loop->post([this] { loop->stop(); });
    loop->join();
    if (peer >= 0) ::close(peer);
  }
  void accept(uv_stream_t* socket) {
    stream = std::make_unique<TcpStream>(*loop, base::MutableByteView{scratch}, *this, TcpStream::Ends{"app_unreachable", "app_lost"});
    CHECK(stream->accept(socket));
    TcpStream second(*loop, base::MutableByteView{scratch}, *this);
    CHECK_FALSE(second.accept(socket));
    note([this] { accepted = true; });
  }
  void on_loop(const std::function<void()>& work) {
    bool done = false;
    loop->post([&] {
      work();
      note([&] { done = true; });
    });
    wait([&] { return done; });
  }
  void note(const std::function<void()>& change) {
    const std::lock_guard lock(mutex);
    change();
    changed.notify_all();
  }
  void wait(const std::function<bool()>& there) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(30), there));
  }
  /// Reads until the end; -1 for an error.
  ssize_t read_all() const {
    base::Bytes buffer(65536);
    ssize_t sum = 0;
    for (;;) {
      const ssize_t count = ::read(peer, buffer.data(), buffer.size());
      if (count <= 0) return count < 0 ? -1 : sum;
      sum += count;
    }
  }
  void on_connected() override {}
  void on_bytes(base::ByteView bytes) override {
    note([&] { got += bytes.size(); });
  }
  void on_drained() override {
    note([&] { drained = true; });
  }
  bool on_peer_ended() override {
    note([&] { ended = true; });
    return listens;
  }
  void on_closed(base::Error error) override {
    note([&] { closed = std::move(error); });
  }
};

}  // namespace

TEST_CASE("accepted stream: it is read after the first resume, and not while it is paused") {
  Trial trial;
  REQUIRE(::write(trial.peer, "hello", 5) == 5);
  trial.on_loop([] {});
  CHECK(trial.got == 0);
  trial.on_loop([&] { trial.stream->resume(); });
  trial.wait([&] { return trial.got == 5; });
  trial.on_loop([&] { trial.stream->pause(); });
  REQUIRE(::write(trial.peer, "again", 5) == 5);
  for (int i = 0; i < 10; ++i) trial.on_loop([] {});
  CHECK(trial.got == 5);
  trial.on_loop([&] { trial.stream->resume(); });
  trial.wait([&] { return trial.got == 10; });
}

TEST_CASE("accepted stream: the peer ends, and still gets all that is written") {
  Trial trial;
  trial.listens = true;
  trial.on_loop([&] { trial.stream->resume(); });
  REQUIRE(::write(trial.peer, "hello", 5) == 5);
  ::shutdown(trial.peer, SHUT_WR);
  trial.wait([&] { return trial.ended; });
  CHECK(trial.got == 5);
  const std::size_t size = std::size_t{8} << 20U;
  bool waits = false;
  trial.on_loop([&] {
    trial.stream->write(base::ByteView{base::Bytes(size, 7)});
    waits = trial.stream->is_writing();
    trial.stream->finish_writing();
  });
  CHECK(waits);
  CHECK(trial.read_all() == static_cast<ssize_t>(size));
  trial.wait([&] { return trial.drained; });
  CHECK_FALSE(trial.closed);
}

TEST_CASE("accepted stream: it ends its half first, and still gets what the peer sends") {
  Trial trial;
  trial.on_loop([&] {
    trial.stream->resume();
    trial.stream->finish_writing();
    trial.stream->finish_writing();
  });
  CHECK(trial.read_all() == 0);
  REQUIRE(::write(trial.peer, "hello", 5) == 5);
  trial.wait([&] { return trial.got == 5; });
  ::close(std::exchange(trial.peer, -1));
  trial.wait([&] { return trial.closed.has_value(); });
  CHECK(trial.ended);
  CHECK(trial.closed->code == "app_lost");
}

TEST_CASE("accepted stream: a reset is an error to the peer, not an end, and nothing is told any more") {
  Trial trial;
  trial.on_loop([&] {
    trial.stream->resume();
    trial.stream->reset();
    trial.stream->write(base::bytes_of("nothing"));
    trial.stream->finish_writing();
  });
  CHECK(trial.read_all() == -1);
  trial.on_loop([&] { trial.stream.reset(); });
  CHECK_FALSE(trial.closed);
}

}  // namespace ferry::client

#include "client/transport/tcp_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "client/transport/network_path.hpp"

namespace ferry::client {

namespace {

/// The system would take 4 MiB for an app that reads nothing, and all of it is paid for.
constexpr int kAcceptedSendBuffer = 256 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
};

SocketAddress numeric(const base::IpAddress& ip, std::uint16_t port) {
  SocketAddress address;
  if (ip.is_v6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, ip.data.data(), 16);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, ip.data.data(), 4);
  }
  return address;
}

std::string reason(int error) { return uv_strerror(error); }

/// A connection to a free port of this machine may get that very port as its own end, and then speaks with itself.
bool is_own_end(const uv_tcp_t& socket) {
  sockaddr_storage here{}, there{};
  int here_size = sizeof(here), there_size = sizeof(there);
  if (uv_tcp_getsockname(&socket, reinterpret_cast<sockaddr*>(&here), &here_size) != 0) return false;
  if (uv_tcp_getpeername(&socket, reinterpret_cast<sockaddr*>(&there), &there_size) != 0) return false;
  return here_size == there_size && std::memcmp(&here, &there, static_cast<std::size_t>(here_size)) == 0;
}

}  // namespace

struct TcpStream::State : std::enable_shared_from_this<State> {
  State(Loop& home, base::MutableByteView shared_scratch, Listener& to, Ends names)
      : loop(home), scratch(shared_scratch), listener(&to), ends(names), timer(home) {}

  /// Keeps this alive while libuv has a request or handle of it.
  template <typename Native>
  struct Held {
    Native native{};
    std::shared_ptr<State> state;
    base::Bytes bytes;
  };
  template <typename Native>
  Held<Native>* hold() {
    auto* held = new Held<Native>{{}, shared_from_this(), {}};
    held->native.data = held;
    return held;
  }
  template <typename Native>
  static std::unique_ptr<Held<Native>> take_back(Native* native) {
    return std::unique_ptr<Held<Native>>(static_cast<Held<Native>*>(native->data));
  }

  void look_up(const std::string& name, std::uint16_t to_port);
  void try_next(const std::string& why);
  void start_reading();
  void read();
  void on_read(ssize_t count);
  int pending_error() const;
  void end(const char* code, const std::string& message);
  void close_socket(bool with_reset = false);
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket->native); }

  Loop& loop;
  base::MutableByteView scratch;
  Listener* listener;  // null once nobody is told any more
  const Ends ends;
  Timer timer;
  std::vector<SocketAddress> addresses;
  std::size_t next_address = 0;
  Held<uv_tcp_t>* socket = nullptr;  // owned by libuv until its close callback
  bool connected = false;
  std::size_t writing = 0;
};

TcpStream::TcpStream(Loop& loop, base::MutableByteView scratch, Listener& listener, Ends ends)
    : state_(std::make_shared<State>(loop, scratch, listener, ends)) {}

TcpStream::~TcpStream() {
  state_->listener = nullptr;
  state_->timer.stop();
  state_->close_socket();
}

void TcpStream::connect(const base::Host& host, std::uint16_t port, base::Duration timeout) {
  auto* state = state_.get();
  state->timer.start(timeout, [state] { state->end(state->ends.unreachable, "no answer in time"); });
  if (const auto* ip = std::get_if<base::IpAddress>(&host.value)) {
    state->addresses.push_back(numeric(*ip, port));
    state->loop.post([self = state_] { self->try_next("no address"); });
  } else {
    state->look_up(std::get<std::string>(host.value), port);
  }
}

void TcpStream::State::look_up(const std::string& name, std::uint16_t to_port) {
  auto* held = hold<uv_getaddrinfo_t>();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  const auto found = [](uv_getaddrinfo_t* request, int error, addrinfo* list) {
    const auto back = take_back(request);
    auto& state = *back->state;
    for (auto* entry = list; entry != nullptr; entry = entry->ai_next) {
      SocketAddress address;
      std::memcpy(&address.storage, entry->ai_addr, std::min<std::size_t>(entry->ai_addrlen, sizeof(address.storage)));
      state.addresses.push_back(address);
    }
    uv_freeaddrinfo(list);
    if (error != 0) return state.end(state.ends.unreachable, "its name is not known (" + reason(error) + ")");
    state.try_next("its name has no address");
  };
  const int error = uv_getaddrinfo(loop.native(), &held->native, found, name.c_str(), std::to_string(to_port).c_str(), &hints);
  if (error == 0) return;
  const auto back = take_back(&held->native);
  loop.post([self = shared_from_this(), error] { self->end(self->ends.unreachable, reason(error)); });
}

void TcpStream::State::try_next(const std::string& why) {
  if (listener == nullptr) return;
  if (next_address == addresses.size()) return end(ends.unreachable, why);
  close_socket();
  socket = hold<uv_tcp_t>();
  uv_tcp_init(loop.native(), &socket->native);
  uv_tcp_nodelay(&socket->native, 1);
  const auto& address = addresses[next_address++];
  auto* held = hold<uv_connect_t>();
  const auto done = [](uv_connect_t* request, int status) {
    const auto back = take_back(request);
    auto& state = *back->state;
    if (state.listener == nullptr || status == UV_ECANCELED) return;
    if (status != 0) return state.try_next(reason(status));
    if (is_own_end(state.socket->native)) return state.try_next("nobody listens there");
    state.start_reading();
  };
  const int error = uv_tcp_connect(&held->native, &socket->native, reinterpret_cast<const sockaddr*>(&address.storage), done);
  if (error == 0) return;
  const auto back = take_back(&held->native);
  try_next(reason(error));
}

void TcpStream::State::start_reading() {
  timer.stop();
  connected = true;
  read();
  listener->on_connected();
}

void TcpStream::State::read() {
  const auto offer = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto& state = *static_cast<Held<uv_tcp_t>*>(handle->data)->state;
    *buffer = uv_buf_init(reinterpret_cast<char*>(state.scratch.data()), static_cast<unsigned int>(state.scratch.size()));
  };
  const auto read = [](uv_stream_t* handle, ssize_t count, const uv_buf_t*) {
    const auto state = static_cast<Held<uv_tcp_t>*>(handle->data)->state;
    state->on_read(count);
  };
  uv_read_start(stream(), offer, read);
}

void TcpStream::State::on_read(ssize_t count) {
  if (listener == nullptr || count == 0) return;
  // Where the last bytes and a reset came at once, libuv tells an end.
  if (const int error = count == UV_EOF ? pending_error() : 0; error != 0) count = uv_translate_sys_error(error);
  if (count == UV_EOF && listener->on_peer_ended()) return;
  if (count < 0) return end(ends.lost, count == UV_EOF ? "it closed the connection" : reason(static_cast<int>(count)));
  listener->on_bytes(base::ByteView{scratch.data(), static_cast<std::size_t>(count)});
}

int TcpStream::State::pending_error() const {
  uv_os_fd_t descriptor{};
  int error = 0;
  socklen_t size = sizeof(error);
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&socket->native), &descriptor) != 0) return 0;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : 0;
}

void TcpStream::State::end(const char* code, const std::string& message) {
  timer.stop();
  close_socket();
  if (auto* told = std::exchange(listener, nullptr)) told->on_closed(base::environment(code, message));
}

void TcpStream::State::close_socket(bool with_reset) {
  if (socket == nullptr) return;
  auto* closing = std::exchange(socket, nullptr);
  const auto closed = [](uv_handle_t* handle) { take_back(reinterpret_cast<uv_tcp_t*>(handle)); };
  // libuv refuses to reset what is being shut down.
  if (with_reset && uv_tcp_close_reset(&closing->native, closed) == 0) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&closing->native), closed);
}

void TcpStream::write(base::ByteView bytes) {
  auto* state = state_.get();
  if (!state->connected || state->socket == nullptr || bytes.empty()) return;
  if (state->writing == 0) {
    auto buffer = uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(bytes.data())), static_cast<unsigned int>(bytes.size()));
    const int sent = uv_try_write(state->stream(), &buffer, 1);
    if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    if (bytes.empty()) return;
  }
  auto* held = state->hold<uv_write_t>();
  held->bytes.assign(bytes.begin(), bytes.end());
  auto buffer = uv_buf_init(reinterpret_cast<char*>(held->bytes.data()), static_cast<unsigned int>(held->bytes.size()));
  const auto done = [](uv_write_t* request, int status) {
    const auto back = State::take_back(request);
    auto& written = *back->state;
    if (--written.writing > 0 || written.listener == nullptr || status == UV_ECANCELED) return;
    if (status != 0) return written.end(written.ends.lost, reason(status));
    written.listener->on_drained();
  };
  if (uv_write(&held->native, state->stream(), &buffer, 1, done) == 0) {
    ++state->writing;
  } else {
    State::take_back(&held->native);  // the reader is told that the connection ended
  }
}

bool TcpStream::accept(uv_stream_t* listening) {
  auto* state = state_.get();
  state->socket = state->hold<uv_tcp_t>();
  uv_tcp_init(state->loop.native(), &state->socket->native);
  if (uv_accept(listening, state->stream()) != 0) {
    state->close_socket();
    return false;
  }
  uv_tcp_nodelay(&state->socket->native, 1);
  int buffer = kAcceptedSendBuffer;
  uv_send_buffer_size(reinterpret_cast<uv_handle_t*>(&state->socket->native), &buffer);
  state->connected = true;
  return true;
}

void TcpStream::end_when_unacknowledged() {
  if (state_->socket != nullptr) client::end_when_unacknowledged(state_->socket->native);
}

std::optional<base::IpAddress> TcpStream::peer() const {
  sockaddr_storage there{};
  int size = sizeof(there);
  if (state_->socket == nullptr || uv_tcp_getpeername(&state_->socket->native, reinterpret_cast<sockaddr*>(&there), &size) != 0) return std::nullopt;
  base::IpAddress address;
  if (there.ss_family == AF_INET) {
    std::memcpy(address.data.data(), &reinterpret_cast<const sockaddr_in&>(there).sin_addr, 4);
  } else if (there.ss_family == AF_INET6) {
    address.is_v6 = true;
    std::memcpy(address.data.data(), &reinterpret_cast<const sockaddr_in6&>(there).sin6_addr, address.data.size());
  } else {
    return std::nullopt;
  }
  return address;
}

bool TcpStream::has_own_address() const { return state_->socket == nullptr || client::has_own_address(state_->socket->native); }

void TcpStream::pause() {
  if (state_->connected && state_->socket != nullptr) uv_read_stop(state_->stream());
}

void TcpStream::resume() {
  if (state_->connected && state_->socket != nullptr) state_->read();
}

void TcpStream::finish_writing() {
  auto* state = state_.get();
  if (!state->connected || state->socket == nullptr) return;
  auto* held = state->hold<uv_shutdown_t>();
  const auto done = [](uv_shutdown_t* request, int) { State::take_back(request); };
  if (uv_shutdown(&held->native, state->stream(), done) != 0) State::take_back(&held->native);
}

void TcpStream::reset() {
  state_->listener = nullptr;
  state_->timer.stop();
  state_->close_socket(true);
}

bool TcpStream::is_writing() const { return state_->writing > 0; }

}  // namespace ferry::client

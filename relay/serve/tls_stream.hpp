#pragma once
// TlsStream: an Asio stream over TlsEngine and a TCP socket, made for Beast's WebSocket. Writes are corked: they are encrypted into one buffer,
// and leave the machine in one send when kCorkBytes have come together, at flush(), or before a read waits. Reads go through a buffer that
// all connections of a worker share, so an idle connection holds none.
// Threads: one worker. One read and one write at a time, as Beast does it.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cstdint>
#include <memory>

#include "protocol/wire/tls_engine.hpp"

namespace ferry::relay {

class TlsStream {
 public:
  using tcp = boost::asio::ip::tcp;
  using next_layer_type = tcp::socket;
  using executor_type = tcp::socket::executor_type;
  using error_code = boost::system::error_code;

  /// Ciphertext that may gather before it is sent by itself.
  static constexpr std::size_t kCorkBytes = 256 * 1024;

  /// `socket` is open, though it may not be connected yet. `scratch`: the thread's shared read buffer; outlives the stream.
  TlsStream(tcp::socket socket, std::shared_ptr<wire::TlsContext> context, base::MutableByteView scratch,
            wire::TlsEngine::Role role = wire::TlsEngine::Role::server);

  executor_type get_executor() { return socket_.get_executor(); }
  next_layer_type& next_layer() { return socket_; }
  const next_layer_type& next_layer() const { return socket_; }
  wire::TlsEngine& engine() { return engine_; }
  const wire::TlsEngine& engine() const { return engine_; }

  /// Reads until the handshake is done. Its deadline is the caller's (close the socket).
  boost::asio::awaitable<error_code> handshake();
  /// Sends everything that is corked.
  boost::asio::awaitable<error_code> flush();

  template <typename MutableBuffers, typename Token>
  auto async_read_some(const MutableBuffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(ReadOp<MutableBuffers>{*this, buffers}, token, socket_);
  }

  template <typename ConstBuffers, typename Token>
  auto async_write_some(const ConstBuffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(WriteOp<ConstBuffers>{*this, buffers}, token, socket_);
  }

 private:
  /// Non-blocking read of whatever the socket has, into the engine. would_block when there is nothing.
  error_code pull();
  /// Non-blocking send of what is corked; would_block when the socket is full.
  error_code push();
  /// Plaintext that is ready, into the first buffers. 0 when none.
  std::size_t take(boost::asio::mutable_buffer out, error_code& error);

  template <typename MutableBuffers>
  struct ReadOp {
    TlsStream& stream;
    MutableBuffers buffers;
    bool suspended = false;

    template <typename Self>
    void operator()(Self& self, error_code waited = {}, std::size_t count = 0) {
      if (waited || count > 0) return self.complete(waited, count);
      error_code error;
      std::size_t taken = stream.take(first_of(), error);
      while (taken == 0 && !error) {
        if (error = stream.pull(); error) break;
        taken = stream.take(first_of(), error);
      }
      if (error == boost::asio::error::would_block) {
        error = stream.push();  // nothing will be read before the peer has heard us
        if (!error || error == boost::asio::error::would_block) {
          suspended = true;
          return stream.socket_.async_wait(tcp::socket::wait_read, std::move(self));
        }
      }
      if (suspended) return self.complete(error, taken);
      // A completion must not run inside the call that started it.
      boost::asio::post(stream.get_executor(), [self = std::move(self), error, taken]() mutable { self.complete(error, taken); });
    }

    boost::asio::mutable_buffer first_of() const {
      for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::mutable_buffer buffer = *it;
        if (buffer.size() > 0) return buffer;
      }
      return {};
    }
  };

  template <typename ConstBuffers>
  struct WriteOp {
    TlsStream& stream;
    ConstBuffers buffers;
    std::size_t accepted = 0;
    bool suspended = false;

    template <typename Self>
    void operator()(Self& self, error_code waited = {}) {
      error_code error = waited;
      if (!suspended && !error) error = encrypt();
      if (!error && stream.engine_.ciphertext().size() >= kCorkBytes) {
        error = stream.push();
        if (error == boost::asio::error::would_block) {
          suspended = true;
          return stream.socket_.async_wait(tcp::socket::wait_write, std::move(self));
        }
      }
      if (suspended) return self.complete(error, accepted);
      boost::asio::post(stream.get_executor(), [self = std::move(self), error, count = accepted]() mutable { self.complete(error, count); });
    }

    error_code encrypt() {
      for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer buffer = *it;
        if (buffer.size() == 0) continue;
        if (!stream.engine_.write_plaintext({static_cast<const std::uint8_t*>(buffer.data()), buffer.size()})) {
          return boost::asio::error::connection_aborted;
        }
        accepted += buffer.size();
      }
      return {};
    }
  };

  tcp::socket socket_;
  wire::TlsEngine engine_;
  base::MutableByteView scratch_;
};

/// Beast's end of a WebSocket: close_notify, then the socket.
template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, TlsStream& stream, Handler&& handler) {
  boost::system::error_code ignored;
  stream.engine().close();
  const auto rest = stream.engine().ciphertext();
  stream.next_layer().send(boost::asio::buffer(rest.data(), rest.size()), 0, ignored);
  stream.next_layer().shutdown(TlsStream::tcp::socket::shutdown_both, ignored);
  boost::asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable { handler(boost::system::error_code{}); });
}

inline void teardown(boost::beast::role_type /*role*/, TlsStream& stream, boost::system::error_code& error) {
  stream.engine().close();
  stream.next_layer().close(error);
}

}  // namespace ferry::relay

#include "relay/serve/tls_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ferry::relay {

namespace asio = boost::asio;

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<wire::TlsContext> context, base::MutableByteView scratch,
                     wire::TlsEngine::Role role)
    : socket_(std::move(socket)), engine_(std::move(context), role, ""), scratch_(scratch) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
}

TlsStream::error_code TlsStream::pull() {
  error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(scratch_.data(), scratch_.size()), error);
  if (error) return error;
  if (!engine_.put_ciphertext(scratch_.first(count))) {
    push();  // the alert, if it fits
    return asio::error::connection_aborted;
  }
  return {};
}

TlsStream::error_code TlsStream::push() {
  for (auto waiting = engine_.ciphertext(); !waiting.empty(); waiting = engine_.ciphertext()) {
    error_code error;
    const std::size_t count = socket_.write_some(asio::buffer(waiting.data(), waiting.size()), error);
    if (error) return error;
    engine_.consume_ciphertext(count);
  }
  return {};
}

std::size_t TlsStream::take(asio::mutable_buffer out, error_code& error) {
  if (out.size() == 0) return 0;
  const auto count = engine_.read_plaintext({static_cast<std::uint8_t*>(out.data()), out.size()});
  if (!count) {
    error = asio::error::connection_aborted;
    return 0;
  }
  if (*count == 0 && engine_.peer_closed()) error = asio::error::eof;
  return *count;
}

asio::awaitable<TlsStream::error_code> TlsStream::handshake() {
  while (!engine_.established()) {
    auto error = pull();
    if (error && error != asio::error::would_block) co_return error;
    if (auto sent = push(); sent && sent != asio::error::would_block) co_return sent;
    if (error == asio::error::would_block && !engine_.established()) {
      error_code waited;
      co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, waited));
      if (waited) co_return waited;
    }
  }
  co_return co_await flush();
}

asio::awaitable<TlsStream::error_code> TlsStream::flush() {
  for (;;) {
    const auto error = push();
    if (error != asio::error::would_block) co_return error;
    error_code waited;
    co_await socket_.async_wait(tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, waited));
    if (waited) co_return waited;
  }
}

}  // namespace ferry::relay

#include "tests/bench/tls_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/poller.hpp"

namespace ferry::bench {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kFirstInbox = 4 * 1024;
constexpr std::size_t kMaxInbox = 2 * 1024 * 1024;

/// One for all connections: nothing stays in it between two reads.
base::Bytes& shared_ciphertext() {
  static base::Bytes buffer(kReadBytes);
  return buffer;
}

}  // namespace

base::Result<std::unique_ptr<TlsSocket>> TlsSocket::connect(const std::string& host, std::uint16_t port,
                                                            std::shared_ptr<wire::TlsContext> context) {
  FERRY_TRY(const int fd, connect_tcp(host, port));
  std::unique_ptr<TlsSocket> made(new TlsSocket(fd, std::move(context)));
  FERRY_CHECK(made->push());
  return made;
}

TlsSocket::TlsSocket(int fd, std::shared_ptr<wire::TlsContext> context)
    : fd_(fd), engine_(std::move(context), wire::TlsEngine::Role::client, "") {}

TlsSocket::~TlsSocket() { close(fd_); }

base::Result<void> TlsSocket::pull() {
  auto& ciphertext = shared_ciphertext();
  const auto count = recv(fd_, ciphertext.data(), ciphertext.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count <= 0) return base::fail(base::environment("closed", "the server closed the connection"));
  FERRY_CHECK(engine_.put_ciphertext(base::ByteView{ciphertext}.first(static_cast<std::size_t>(count))));
  FERRY_CHECK(take_plaintext());
  return push();
}

base::Result<void> TlsSocket::take_plaintext() {
  for (;;) {
    make_room();
    FERRY_TRY(const auto count, engine_.read_plaintext(base::MutableByteView{inbox_}.subspan(end_)));
    if (count == 0) return {};
    end_ += count;
    if (end_ - begin_ > kMaxInbox) return base::fail(base::bug("inbox", "the load program does not read its inbox"));
  }
}

void TlsSocket::make_room() {
  const auto is_short = [this] { return inbox_.size() - end_ < kFirstInbox / 2; };
  if (begin_ > 0 && (begin_ == end_ || is_short())) {
    std::memmove(inbox_.data(), inbox_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (is_short()) inbox_.resize(std::max(kFirstInbox, inbox_.size() * 2));
}

base::Result<void> TlsSocket::push() {
  for (auto waiting = engine_.ciphertext(); !waiting.empty(); waiting = engine_.ciphertext()) {
    const auto count = send(fd_, waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (count < 0) return base::fail(base::environment("closed", std::string("cannot send: ") + std::strerror(errno)));
    engine_.consume_ciphertext(static_cast<std::size_t>(count));
  }
  return {};
}

void TlsSocket::go_idle() {
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  inbox_ = base::Bytes{};
  engine_.release_buffers();
}

}  // namespace ferry::bench

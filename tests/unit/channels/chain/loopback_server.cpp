#include "tests/unit/channels/chain/loopback_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "protocol/base/hash.hpp"

namespace ferry::chain::test {

struct LoopbackServer::Tls {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> settings{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};

  Tls() {
    const std::unique_ptr<X509, void (*)(X509*)> certificate{X509_new(), X509_free};
    X509_set_version(certificate.get(), 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(settings.get(), certificate.get());
    SSL_CTX_use_PrivateKey(settings.get(), key.get());
  }

  std::string pin() const {
    base::Bytes der(static_cast<std::size_t>(i2d_PUBKEY(key.get(), nullptr)));
    unsigned char* out = der.data();
    i2d_PUBKEY(key.get(), &out);
    const auto hash = base::sha256(der);
    std::array<unsigned char, 64> base64{};
    const int size = EVP_EncodeBlock(base64.data(), hash.data.data(), 32);
    return "sha256//" + std::string(base64.begin(), base64.begin() + size);
  }
};

class LoopbackServer::Connection {
 public:
  Connection(int fd, Tls* tls) : fd_(fd) {
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls->settings.get()));
    SSL_set_fd(ssl_.get(), fd);
    ready_ = SSL_accept(ssl_.get()) == 1;
  }
  ~Connection() { ::close(fd_); }
  bool ready() const { return ready_; }

  bool read_some(std::string& into) {
    std::array<char, 4096> buffer{};
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())) : ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    into.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
  void write(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto rest = text.size() - sent;
      const auto done = ssl_ ? SSL_write(ssl_.get(), text.data() + sent, static_cast<int>(rest)) : ::send(fd_, text.data() + sent, rest, MSG_NOSIGNAL);
      if (done <= 0) return;
      sent += static_cast<std::size_t>(done);
    }
  }

 private:
  int fd_;
  bool ready_ = true;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
};

namespace {

/// A whole request, or an empty text at the connection's end.
template <typename Connection>
std::string read_request(Connection& connection) {
  std::string text;
  for (;;) {
    const auto head = text.find("\r\n\r\n");
    const auto length = text.find("Content-Length: ");
    if (head != std::string::npos && length != std::string::npos && text.size() >= head + 4 + std::stoul(text.substr(length + 16))) return text;
    if (!connection.read_some(text)) return {};
  }
}

}  // namespace

LoopbackServer::LoopbackServer(Answer answer, Security security) : answer_(std::move(answer)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (security == Security::tls) {
    tls_ = std::make_unique<Tls>();
    pin_ = tls_->pin();
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener_, any, size) == 0);
  REQUIRE(::listen(listener_, 8) == 0);
  REQUIRE(::getsockname(listener_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (open_connection_ >= 0) ::shutdown(open_connection_, SHUT_RDWR);
  }
  ended_.notify_all();
  thread_.join();
  ::close(listener_);
}

void LoopbackServer::run() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard lock{mutex_};
      if (ending_ || fd < 0) {
        if (fd >= 0) ::close(fd);
        return;
      }
      open_connection_ = fd;
      ++connections_;
    }
    Connection connection{fd, tls_.get()};
    if (connection.ready()) serve(connection);
    const std::lock_guard lock{mutex_};
    open_connection_ = -1;
  }
}

void LoopbackServer::serve(Connection& connection) {
  for (;;) {
    const auto request = read_request(connection);
    if (request.empty()) return;
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(request);
    }
    const auto answer = answer_(request);
    if (!answer) return;
    connection.write(*answer);
  }
}

void LoopbackServer::wait_for_the_end() {
  std::unique_lock lock{mutex_};
  ended_.wait(lock, [this] { return ending_; });
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

std::size_t LoopbackServer::connections() const {
  const std::lock_guard lock{mutex_};
  return connections_;
}

std::string LoopbackServer::ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace ferry::chain::test

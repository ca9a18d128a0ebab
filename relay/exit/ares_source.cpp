#include "relay/exit/ares_source.hpp"

#include <sys/time.h>

#include <algorithm>

#include "relay/exit/ares_answer.hpp"

namespace ferry::relay::exit {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {

/// c-ares counts its users without a lock; it is never given back, since it holds nothing on this system.
int library_status() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

base::Unexpected cannot_start(int status) {
  return base::fail(base::environment("exit_resolver_start", std::string{"the resolver cannot start: "} + ares_strerror(status) +
                                                                 "; check /etc/resolv.conf or the configured name servers"));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ",").append(text);
  return out;
}

struct Query {
  DnsSource::Done done;
};

}  // namespace

/// A socket of c-ares, which alone closes it and always says so before.
struct AresSource::Socket {
  Socket(asio::io_context& io, ares_socket_t socket) : fd(socket), descriptor(io) {
    error_code failed;  // then nothing is reported for it and its questions time out
    descriptor.assign(fd, failed);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  ares_socket_t fd;
  Descriptor descriptor;
  bool wants_read = false;
  bool wants_write = false;
  bool waits_for_read = false;
  bool waits_for_write = false;
};

base::Result<std::unique_ptr<DnsSource>> AresSource::start(asio::io_context& io, const ResolverSettings& settings) {
  std::unique_ptr<AresSource> source{new AresSource(io)};
  FERRY_CHECK(source->open(settings));
  return source;
}

AresSource::AresSource(asio::io_context& io) : io_(io), timer_(std::make_shared<asio::steady_timer>(io)) {}

base::Result<void> AresSource::open(const ResolverSettings& settings) {
  if (library_status() != ARES_SUCCESS) return cannot_start(library_status());
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = static_cast<int>(settings.server_timeout.count());
  options.tries = settings.tries;
  options.ndomains = 0;
  std::string hosts_then_dns = "fb";
  options.lookups = hosts_then_dns.data();
  options.sock_state_cb = &AresSource::on_socket_state;
  options.sock_state_cb_data = this;
  const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (const int status = ares_init_options(&channel_, &options, given); status != ARES_SUCCESS) {
    channel_ = nullptr;
    return cannot_start(status);
  }
  if (settings.servers.empty()) return {};
  const int status = ares_set_servers_ports_csv(channel_, joined(settings.servers).c_str());
  return status == ARES_SUCCESS ? base::Result<void>{} : cannot_start(status);
}

AresSource::~AresSource() {
  // Answers every open question and takes back every socket.
  if (channel_ != nullptr) ares_destroy(channel_);
}

void AresSource::lookup(const std::string& name, Done done) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  // Sorting would connect sockets to addresses that nobody has checked yet.
  hints.ai_flags = ARES_AI_NOSORT;
  auto query = std::make_unique<Query>(Query{std::move(done)});
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, &AresSource::on_answer, query.release());
  wait_for_timeout();
}

void AresSource::on_answer(void* query, int status, int /*timeouts*/, ares_addrinfo* result) {
  const std::unique_ptr<Query> owned{static_cast<Query*>(query)};
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned_result{result, &ares_freeaddrinfo};
  owned->done(answer_from(status, result));
}

void AresSource::on_socket_state(void* self, ares_socket_t fd, int readable, int writable) {
  static_cast<AresSource*>(self)->set_wanted(fd, readable != 0, writable != 0);
}

void AresSource::set_wanted(ares_socket_t fd, bool read, bool write) {
  const auto found = sockets_.find(fd);
  if (!read && !write) {  // about to be closed
    if (found == sockets_.end()) return;
    // Given back now and not when the last handler lets go of it: by then the number may be another socket's.
    found->second->wants_read = found->second->wants_write = false;
    if (found->second->descriptor.is_open()) found->second->descriptor.release();
    sockets_.erase(found);
    return;
  }
  const auto socket = found != sockets_.end() ? found->second : sockets_.emplace(fd, std::make_shared<Socket>(io_, fd)).first->second;
  socket->wants_read = read;
  socket->wants_write = write;
  wait_for_read(socket);
  wait_for_write(socket);
}

// A handler holds its socket weakly: once c-ares has closed it, or this object is gone, nothing is touched.

void AresSource::wait_for_read(const std::shared_ptr<Socket>& socket) {
  if (!socket->wants_read || socket->waits_for_read) return;
  socket->waits_for_read = true;
  socket->descriptor.async_wait(Descriptor::wait_read, [this, weak = std::weak_ptr(socket)](error_code error) {
    const auto ready = weak.lock();
    if (!ready) return;
    ready->waits_for_read = false;
    if (error) return;
    ares_process_fd(channel_, ready->fd, ARES_SOCKET_BAD);
    wait_for_read(ready);
    wait_for_timeout();
  });
}

void AresSource::wait_for_write(const std::shared_ptr<Socket>& socket) {
  if (!socket->wants_write || socket->waits_for_write) return;
  socket->waits_for_write = true;
  socket->descriptor.async_wait(Descriptor::wait_write, [this, weak = std::weak_ptr(socket)](error_code error) {
    const auto ready = weak.lock();
    if (!ready) return;
    ready->waits_for_write = false;
    if (error) return;
    ares_process_fd(channel_, ARES_SOCKET_BAD, ready->fd);
    wait_for_write(ready);
    wait_for_timeout();
  });
}

void AresSource::wait_for_timeout() {
  timeval until_next{};
  if (ares_timeout(channel_, nullptr, &until_next) == nullptr) {
    timer_->cancel();
    return;
  }
  timer_->expires_after(std::chrono::seconds{until_next.tv_sec} + std::chrono::microseconds{until_next.tv_usec});
  timer_->async_wait([this, weak = std::weak_ptr(timer_)](error_code error) {
    if (error || weak.expired()) return;
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    wait_for_timeout();
  });
}

}  // namespace ferry::relay::exit

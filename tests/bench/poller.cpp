#include "tests/bench/poller.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ferry::bench {

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
Poller::~Poller() { close(epoll_); }

void Poller::add(Pollable& socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &socket;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd(), &event);
  refresh(socket);
}

void Poller::refresh(Pollable& socket) {
  const bool wanted = socket.wants_write();
  if (wanted == socket.waits_for_write_) return;
  socket.waits_for_write_ = wanted;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &socket;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket.fd(), &event);
}

base::Result<int> Poller::poll(int timeout_ms) {
  std::array<epoll_event, 64> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    auto& socket = *static_cast<Pollable*>(event.data.ptr);
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    FERRY_CHECK(socket.on_ready(broken || (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0));
    refresh(socket);
  }
  return count;
}

base::Result<int> connect_tcp(const std::string& host, std::uint16_t port) {
  const auto fails = [&](const char* what) {
    return base::fail(base::environment("connect", std::string(what) + " " + host + ":" + std::to_string(port) + ": " + std::strerror(errno)));
  };
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return fails("no IPv4 address");
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fails("no socket for");
  // sockaddr_in is what the interface calls a sockaddr.
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (connect(fd, generic, sizeof(address)) != 0) {
    auto failed = fails("cannot connect to");
    close(fd);
    return failed;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ferry::bench

#include "client/cli/running_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ferry::cli {

namespace {

constexpr std::size_t kMaxAnswer = 1024 * 1024;

std::filesystem::path file_of(const std::string& data_dir) { return std::filesystem::path(data_dir) / "proxy.address"; }

/// "127.0.0.1:1080" or "[::1]:1080".
std::optional<sockaddr_storage> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const int port = std::atoi(text.c_str() + colon + 1);
  if (port < 1 || port > 65535) return std::nullopt;
  auto host = text.substr(0, colon);
  sockaddr_storage storage{};
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    return inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1 ? std::optional(storage) : std::nullopt;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<std::uint16_t>(port));
  return inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1 ? std::optional(storage) : std::nullopt;
}

std::string ask(int socket, const std::string& request) {
  std::string answer;
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return answer;
  std::array<char, 16 * 1024> buffer;
  for (ssize_t count = 0; answer.size() < kMaxAnswer && (count = recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

}  // namespace

void remember_proxy(const std::string& data_dir, const std::string& address) { std::ofstream(file_of(data_dir)) << address << '\n'; }

void forget_proxy(const std::string& data_dir) {
  std::error_code ignored;
  std::filesystem::remove(file_of(data_dir), ignored);
}

std::optional<std::string> status_of_running_proxy(const std::string& data_dir) {
  std::string text;
  if (!std::getline(std::ifstream(file_of(data_dir)), text)) return std::nullopt;
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  const int socket = ::socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return std::nullopt;
  const timeval patience{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string answer;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0) {
    answer = ask(socket, "GET /status.json HTTP/1.0\r\nHost: " + text + "\r\n\r\n");
  }
  close(socket);
  const auto body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200") || body == std::string::npos) return std::nullopt;
  return answer.substr(body + 4);
}

}  // namespace ferry::cli

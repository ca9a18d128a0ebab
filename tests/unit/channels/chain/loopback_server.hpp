#pragma once
// A web server for one client at a time on a free loopback port, with or without TLS, that answers as the test says.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ferry::chain::test {

class LoopbackServer {
 public:
  /// From a whole request (head and body) to the raw answer; nullopt closes the connection without one.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;
  enum class Security { plain, tls };

  explicit LoopbackServer(Answer answer, Security security = Security::plain);
  ~LoopbackServer();

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  /// "sha256//…" of the key; only with TLS.
  const std::string& pin() const { return pin_; }
  std::vector<std::string> requests() const;
  std::size_t connections() const;
  /// For an answer that is to hang: blocks until the server is destroyed.
  void wait_for_the_end();

  static std::string ok(const std::string& body);

 private:
  struct Tls;
  class Connection;
  void run();
  void serve(Connection& connection);

  Answer answer_;
  std::unique_ptr<Tls> tls_;
  std::string pin_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  int open_connection_ = -1;
  std::size_t connections_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace ferry::chain::test

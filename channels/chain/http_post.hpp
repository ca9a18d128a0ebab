#pragma once
// HttpPost: sends texts, JSON for the most part, to HTTP servers with libcurl and waits for what they answer: bounded in time and length, over connections that are
// kept. Used by what talks to ledgers and to nodes of chains. Never follows redirects, never takes a proxy from the environment.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace ferry::chain {

/// Threads: any; copies share their connections.
class HttpPost {
 public:
  struct Terms {
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds total_timeout{20'000};
    std::size_t max_answer = 0;  ///< bytes
    std::string pin;             ///< "sha256//BASE64" of the server's public key, which then counts instead of a certificate authority; or empty
    std::string content_type = "application/json";  ///< of what is sent
  };
  struct Answer {
    long status = 0;
    std::string text;
  };
  struct Failure {
    bool nothing_was_sent = false;  ///< no byte of the request has left
    bool too_long = false;          ///< the answer went beyond max_answer
    std::string why;
  };

  explicit HttpPost(Terms terms);
  tl::expected<Answer, Failure> operator()(const std::string& url, const std::string& body) const;

 private:
  struct Connections;
  std::shared_ptr<Connections> connections_;
};

}  // namespace ferry::chain

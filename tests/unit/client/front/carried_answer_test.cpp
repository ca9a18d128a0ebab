#include "client/front/carried_answer.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

/// In pieces of so many bytes.
std::string passed(const std::string& sent, std::size_t piece) {
  CarriedAnswer answer;
  std::string out;
  for (std::size_t i = 0; i < sent.size(); i += piece) out += answer.take(base::bytes_of(sent.substr(i, piece)));
  return out;
}

void check(const std::string& sent, const std::string& expected) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, sent.size()}) CHECK(passed(sent, piece) == expected);
}

}  // namespace

TEST_CASE("carried answer: it says that the connection closes") {
  check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  check("HTTP/1.0 404 No\r\n\r\n", "HTTP/1.0 404 No\r\nConnection: close\r\n\r\n");
}

TEST_CASE("carried answer: interim answers pass as they are") {
  check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 201 Created\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 201 Created\r\nConnection: close\r\n\r\n");
}

TEST_CASE("carried answer: what is no HTTP/1 answer, or another protocol from now on, passes as it is") {
  check("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc");
  check("garbage\nmore", "garbage\nmore");
  const std::string endless(CarriedAnswer::kMaxStatusLine + 100, 'x');
  CHECK(passed(endless, 1000) == endless);
}

}  // namespace ferry::client

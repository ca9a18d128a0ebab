#include "client/front/http_head_reader.hpp"

#include <doctest/doctest.h>

#include "client/front/http_status.hpp"
#include "tests/unit/client/front/uncut_outcome.hpp"

namespace ferry::client {

namespace {

HttpRequestHead head_of(const std::string& text) {
  const auto all = http_outcome_of(text);
  if (all.error) FAIL(all.error->message);
  REQUIRE(all.requests.size() == 1);
  return all.requests.front().head;
}

std::string code_of(const std::string& text) {
  const auto all = http_outcome_of(text);
  return all.error ? all.error->code : std::string();
}

int status_of(const std::string& text) {
  const auto all = http_outcome_of(text);
  return all.error ? http_status_of(*all.error) : 0;
}

std::string get(const std::string& fields) { return "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n"; }

std::string first_line(const std::string& line) { return line + "\r\nHost: a.test\r\n\r\n"; }

}  // namespace

TEST_CASE("http head: a GET in absolute form") {
  const auto head =
      head_of("GET http://A.test:8080/x/../y?q=1 HTTP/1.1\r\nHost: other.test\r\nAccept: text/html\r\nX-Odd:\t a  b \t\r\nEmpty:\r\n\r\n");
  CHECK(head.method == "GET");
  CHECK(head.target.form == TargetForm::absolute);
  CHECK(head.target.url->to_string() == "http://a.test:8080/y?q=1");
  CHECK(head.target.destination->to_string() == "a.test:8080");
  CHECK(head.minor_version == 1);
  CHECK(head.find("accept") == "text/html");
  CHECK(head.find("x-odd") == "a  b");
  CHECK(head.find("empty") == "");
  CHECK_FALSE(head.find("none"));
  CHECK(head.fields[2].name == "X-Odd");
  CHECK_FALSE(head.has_body());
}

TEST_CASE("http head: CONNECT, and what follows it is left for the tunnel") {
  const auto all = http_outcome_of("CONNECT A.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n\x16\x03\x01tls");
  REQUIRE(all.requests.size() == 1);
  CHECK(all.requests[0].head.target.form == TargetForm::authority);
  CHECK(all.requests[0].head.target.destination->to_string() == "a.test:443");
  CHECK(all.left == "\x16\x03\x01tls");
  CHECK(head_of("CONNECT [::1]:22 HTTP/1.0\r\n\r\n").target.destination->to_string() == "[::1]:22");
  CHECK(code_of(first_line("CONNECT a.test HTTP/1.1")) == "destination_port");
  CHECK(code_of(first_line("CONNECT a.test:0 HTTP/1.1")) == "destination_port");
  CHECK(code_of(first_line("CONNECT http://a.test:1/ HTTP/1.1")) == "destination_port");
  CHECK(code_of(first_line("CONNECT u@a.test:1 HTTP/1.1")) == "host_character");
  CHECK(code_of(first_line("CONNECT " + std::string(256, 'a') + ":1 HTTP/1.1")) == "host_too_long");
  CHECK(code_of("CONNECT a.test:1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc") == "http_connect_body");
  CHECK(code_of("CONNECT a.test:1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n").empty());
}

TEST_CASE("http head: the other forms of a target") {
  CHECK(head_of(first_line("GET /proxy.pac HTTP/1.1")).target.form == TargetForm::origin);
  CHECK(head_of(first_line("OPTIONS * HTTP/1.1")).target.form == TargetForm::asterisk);
  CHECK(code_of(first_line("GET * HTTP/1.1")) == "http_target");
  CHECK(code_of(first_line("GET a.test HTTP/1.1")) == "http_target");
  CHECK(code_of(first_line("GET ftp://a.test/ HTTP/1.1")) == "http_target");
  CHECK(code_of(first_line("GET https://a.test/ HTTP/1.1")) == "http_https_target");
  CHECK(status_of(first_line("GET HTTPS://a.test/ HTTP/1.1")) == 400);
  CHECK(http_outcome_of(first_line("GET https://a.test/ HTTP/1.1")).error->message.find("use CONNECT") != std::string::npos);
  CHECK(code_of(first_line("GET http://u:p@a.test/ HTTP/1.1")) == "url_userinfo");
  CHECK(code_of(first_line("GET http://a.test:0/ HTTP/1.1")) == "url_port");
  CHECK(code_of(first_line("GET http:/// HTTP/1.1")) == "host_empty");
  CHECK(code_of(first_line("GET http://a.test/\xc3\xa4 HTTP/1.1")) == "http_target");
  CHECK(code_of(first_line("GET http://a.test/a b HTTP/1.1")) == "http_target");
  CHECK(code_of(first_line("GET  http://a.test/ HTTP/1.1")) == "http_target");
}

TEST_CASE("http head: the first line is strict") {
  CHECK(head_of("GET http://a.test/ HTTP/1.0\r\n\r\n").minor_version == 0);
  CHECK(head_of(first_line("GET http://a.test/ HTTP/1.9")).minor_version == 1);
  CHECK(status_of(first_line("GET http://a.test/ HTTP/2.0")) == 505);
  CHECK(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  for (const auto* line : {"GET http://a.test/", "GET", "GET http://a.test/ HTTP/1.1 ", "GET http://a.test/ http/1.1", "GET http://a.test/ HTTP/1",
                           "GET http://a.test/ HTTP/1.x", "GET http://a.test/ HTTP/x.1", "G(T http://a.test/ HTTP/1.1",
                           " GET http://a.test/ HTTP/1.1", "GET\thttp://a.test/ HTTP/1.1", "GET http://a.test/ HTTP/1.11"}) {
    CAPTURE(line);
    CHECK(code_of(first_line(line)) == "http_request_line");
  }
}

TEST_CASE("http head: a few empty lines before a request are skipped") {
  CHECK(head_of("\r\n" + get("")).method == "GET");
  CHECK(head_of("\r\n\r\n" + get("")).method == "GET");
  CHECK(code_of("\r\n\r\n\r\n" + get("")) == "http_request_line");
  const auto spaced = "\r\n\r\n" + get("");
  CHECK(http_outcome_of(spaced + spaced + spaced).requests.size() == 3);
  CHECK(http_outcome_of("\r\n").is_idle);
  CHECK_FALSE(http_outcome_of("G").is_idle);
}

TEST_CASE("http head: a line ends with CR and LF") {
  CHECK(code_of("GET http://a.test/ HTTP/1.1\nHost: a.test\n\n") == "http_line_end");
  CHECK(code_of("\n" + get("")) == "http_line_end");
  CHECK(code_of(get("A: b\n")) == "http_line_end");
  CHECK(code_of(get("A: b\rC: d\r\n")) == "http_line_end");
  CHECK(code_of(get("A: b\r\r\n")) == "http_line_end");
  CHECK(code_of(get("\rA: b\r\n")) == "http_line_end");
}

TEST_CASE("http head: fields are strict") {
  CHECK(code_of(get("A: b\r\n c\r\n")) == "http_folded_field");
  CHECK(code_of(get("A: b\r\n\tc\r\n")) == "http_folded_field");
  CHECK(code_of(get("A : b\r\n")) == "http_field_name");
  CHECK(code_of(get("A\t: b\r\n")) == "http_field_name");
  CHECK(code_of(get(": b\r\n")) == "http_field_name");
  CHECK(code_of(get("no colon\r\n")) == "http_field_name");
  CHECK(code_of(get("A(B): b\r\n")) == "http_field_name");
  CHECK(code_of(get("A: b" + std::string(1, '\0') + "c\r\n")) == "http_field_value");
  CHECK(code_of(get("A: b\x01\r\n")) == "http_field_value");
  CHECK(code_of(get("A: b\x7f\r\n")) == "http_field_value");
  CHECK(head_of(get("A: b\tc \xc3\xa4\r\n")).find("a") == "b\tc \xc3\xa4");
}

TEST_CASE("http head: one Host, as its version wants it") {
  CHECK(code_of("GET http://a.test/ HTTP/1.1\r\n\r\n") == "http_host");
  CHECK(code_of("GET http://a.test/ HTTP/1.0\r\n\r\n").empty());
  CHECK(code_of(get("Host: a.test\r\n")) == "http_host");
  CHECK(code_of("GET http://a.test/ HTTP/1.0\r\nHost: a.test\r\nhost: a.test\r\n\r\n") == "http_host");
  CHECK(code_of("GET http://a.test/ HTTP/1.1\r\nHost: a b\r\n\r\n") == "http_host");
  CHECK(code_of("GET http://a.test/ HTTP/1.1\r\nHost: u@b.test\r\n\r\n") == "http_host");
  CHECK(code_of("GET http://a.test/ HTTP/1.1\r\nHost: b.test:81\r\n\r\n").empty());
  CHECK(code_of("GET http://a.test/ HTTP/1.1\r\nHost:\r\n\r\n").empty());
}

TEST_CASE("http head: lengths that two readers could read in two ways are refused") {
  CHECK(code_of(get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")) == "http_framing");
  CHECK(code_of(get("Content-Length: 1\r\ncontent-length: 2\r\n")) == "http_framing");
  CHECK(code_of(get("Content-Length: 1\r\nContent-Length: 1\r\n")) == "http_framing");
  CHECK(code_of("GET http://a.test/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == "http_framing");
  for (const auto* value : {"", "1, 1", "-1", "+1", "0x1", "1 2", "1a", "9999999999999999999"}) {
    CAPTURE(value);
    CHECK(code_of(get("Content-Length: " + std::string(value) + "\r\n")) == "http_content_length");
  }
  for (const auto* value : {"gzip", "gzip, chunked", "chunked, chunked", "identity", "", "chunked;q=1", "xchunked"}) {
    CAPTURE(value);
    CHECK(status_of(get("Transfer-Encoding: " + std::string(value) + "\r\n")) == 501);
  }
  CHECK(code_of(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == "http_transfer_encoding");
  CHECK(head_of(get("Content-Length: 0\r\n")).content_length == 0U);
}

TEST_CASE("http head: limits") {
  const auto line_of = [](std::size_t size) { return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1"; };
  CHECK(line_of(HttpHeadReader::kMaxRequestLine).size() == HttpHeadReader::kMaxRequestLine);
  CHECK(code_of(first_line(line_of(HttpHeadReader::kMaxRequestLine))).empty());
  CHECK(status_of(first_line(line_of(HttpHeadReader::kMaxRequestLine + 1))) == 414);
  CHECK(status_of(std::string(HttpHeadReader::kMaxRequestLine + 1, 'G')) == 414);
  CHECK(status_of(first_line("GET http://a.test/" + std::string(base::Url::kMaxLength, 'a') + " HTTP/1.1")) == 414);

  const auto bare = get("A: \r\n").size();
  CHECK(code_of(get("A: " + std::string(HttpHeadReader::kMaxHeadBytes - bare, 'a') + "\r\n")).empty());
  CHECK(code_of(get("A: " + std::string(HttpHeadReader::kMaxHeadBytes - bare + 1, 'a') + "\r\n")) == "http_head_too_large");
  CHECK(status_of(get("A: " + std::string(HttpHeadReader::kMaxHeadBytes, 'a'))) == 431);

  std::string fields;
  for (std::size_t i = 1; i < HttpHeadReader::kMaxFields; ++i) fields += "A: b\r\n";
  CHECK(head_of(get(fields)).fields.size() == HttpHeadReader::kMaxFields);
  CHECK(status_of(get(fields + "A: b\r\n")) == 431);
}

TEST_CASE("http head: an error stays, and a half head waits") {
  HttpHeadReader reader;
  CHECK_FALSE(reader.feed(base::bytes_of("GET\n")));
  CHECK(reader.feed(base::bytes_of(get(""))).error().code == "http_line_end");
  const auto all = get("A: b\r\n");
  for (std::size_t size = 0; size < all.size(); ++size) {
    const auto half = http_outcome_of(all.substr(0, size));
    CHECK(half.requests.empty());
    CHECK(half.is_idle == (size == 0));
  }
}

TEST_CASE("http head: requests follow each other on one connection") {
  const auto all = http_outcome_of(get("A: 1\r\n") + "\r\n" + get("A: 2\r\n") + get("Content-Length: 3\r\n") + "abc" + get("A: 4\r\n"));
  REQUIRE(all.requests.size() == 4);
  CHECK(all.requests[1].head.find("a") == "2");
  CHECK(all.requests[1].head.fields.size() == 2);
  CHECK(all.requests[2].body == "abc");
  CHECK(all.requests[3].head.find("a") == "4");
  CHECK_FALSE(all.requests[3].head.content_length);
  CHECK(all.is_idle);
}

}  // namespace ferry::client

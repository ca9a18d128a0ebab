#include "client/front/http_refusal.hpp"

#include <doctest/doctest.h>

#include "client/front/http_status.hpp"

namespace ferry::client {

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("http status: by the error's code") {
  const auto status = [](const char* code) { return http_status_of(base::environment(code, "x")); };
  CHECK(status("exit_private") == 403);
  CHECK(status("exit_name_not_found") == 502);
  CHECK(status("exit_resolver_failed") == 502);
  CHECK(status("exit_resolver_timeout") == 504);
  CHECK(status("budget_reached") == 402);
  CHECK(status("no_funds") == 402);
  CHECK(status("price_too_high") == 402);
  CHECK(status("proxy_password_missing") == 407);
  CHECK(status("proxy_password_wrong") == 407);
  CHECK(status("tunnel_timeout") == 504);
  CHECK(status("relay_silent") == 504);
  CHECK(status("origin_timeout") == 504);
  CHECK(status("relay_unreachable") == 503);
  CHECK(status("no_relay") == 503);
  CHECK(status("local_destination") == 403);
  CHECK(status("tunnel_refused") == 502);
  CHECK(status("origin_unreachable") == 502);
  CHECK(status("relay_lost") == 502);
  CHECK(status("http_line_end") == 400);
  CHECK(status("url_userinfo") == 400);
  CHECK(status("http_request_line_too_long") == 414);
  CHECK(status("http_head_too_large") == 431);
  CHECK(status("http_too_many_fields") == 431);
  CHECK(status("http_version") == 505);
  CHECK(status("method_not_allowed") == 405);
  CHECK(http_status_of(base::bug("anything", "x")) == 500);
  CHECK(reason_phrase(402) == "Payment Required");
  CHECK(reason_phrase(299).empty());
}

TEST_CASE("http refusal: a complete response that names the reason and the way out") {
  const auto response = http_refusal(base::refusal("budget_reached", "the budget of 1 BTT is used up"));
  CHECK(response.starts_with("HTTP/1.1 402 Payment Required\r\n"));
  CHECK(has(response, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
  CHECK(has(response, "\r\nContent-Length: " + std::to_string(body_of(response).size()) + "\r\n"));
  CHECK(has(response, "\r\nConnection: close\r\n"));
  CHECK(has(response, "\r\nCache-Control: no-store\r\n"));
  CHECK(has(response, "\r\nFerry-Error: budget_reached\r\n"));
  CHECK(has(response, "\r\nVia: 1.1 ferry\r\n"));
  CHECK(has(body_of(response), "the budget of 1 BTT is used up"));
  CHECK(has(body_of(response), "--budget"));
  CHECK(has(body_of(http_refusal(base::refusal("no_funds", "x"))), "ferry wallet deposit"));
  CHECK(has(body_of(http_refusal(base::refusal("exit_private", "x"))), "policy"));
  CHECK(has(body_of(http_refusal(base::environment("relay_unreachable", "x"))), "ferry relays"));
  CHECK_FALSE(has(response, "Proxy-Authenticate"));
}

TEST_CASE("http refusal: a missing password is asked for") {
  const auto response = http_refusal(base::refusal("proxy_password_missing", "x"));
  CHECK(response.starts_with("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"Ferry\"\r\n"));
}

TEST_CASE("http refusal: an answer to HEAD has no body") {
  const auto error = base::environment("relay_lost", "x");
  const auto whole = http_refusal(error), head = http_refusal(error, true);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head + body_of(whole) == whole);
}

TEST_CASE("http refusal: what a relay says stays text") {
  const auto response = http_refusal(base::refusal("x\r\nSet-Cookie: a=b", "<script>alert('1' & \"2\")</script>\r\n\x01" + std::string(5000, 'z')));
  CHECK(has(response, "\r\nFerry-Error: x___et__ookie__a_b\r\n"));
  CHECK_FALSE(has(response, "Set-Cookie"));
  CHECK(has(response, "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;???"));
  CHECK_FALSE(has(response, "<script"));
  CHECK(response.size() < 2000);
  CHECK(has(http_refusal(base::refusal("", "")), "Ferry-Error: unknown"));
}

}  // namespace ferry::client

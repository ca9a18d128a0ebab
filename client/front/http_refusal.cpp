#include "client/front/http_refusal.hpp"

#include <algorithm>

#include "client/front/http_status.hpp"
#include "protocol/base/html_text.hpp"

namespace ferry::client {

using base::html_text;

namespace {

constexpr std::size_t kMaxShown = 500;

/// A code is snake_case by rule; a relay may send anything.
std::string field_code(std::string_view code) {
  constexpr std::size_t kMaxCode = 64;
  std::string out{code.substr(0, kMaxCode)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'); }, '_');
  return out.empty() ? "unknown" : out;
}

std::string_view money_advice(std::string_view code) {
  if (code == "budget_reached") {
    return "Raise the limit that is meant (--budget-per-hour, --budget-per-day, --budget-per-app, --app-budget or --budget) and start the proxy again, "
           "or wait for the next hour or day (UTC). <a href=\"http://ferry.local/\">What was spent, and the budgets</a>";
  }
  if (code == "price_too_high" || code == "quote_declined") {
    return "Raise the highest price that you accept with --max-price, or use a cheaper relay (ferry relays).";
  }
  if (code == "no_wallet") return "Make a wallet with <code>ferry wallet new</code>, then put something into it.";
  return "Top up with <code>ferry wallet deposit</code>; <code>ferry wallet show</code> tells what is left.";
}

std::string_view advice(std::uint16_t status, std::string_view code) {
  switch (status) {
    case 402: return money_advice(code);
    case 403:
      if (code == "local_destination") return "No relay was asked, and nothing was spent.";
      return "This relay's exit policy does not allow this destination. Use another relay, or ask its operator.";
    case 405: return "Only GET and HEAD are fetched.";
    case 407: return "Enter the user name and the password that the proxy was started with.";
    case 500: return "This is a fault of Ferry itself. Please report it with the code below.";
    case 502: return "Check the address, and try again or use another relay.";
    case 503: return "Check that a relay is named and running: <code>ferry relays</code> lists those that are known.";
    case 504: return "Try again later, or use another relay.";
    default: return "The app's request cannot be passed on as it is.";
  }
}

std::string page(std::uint16_t status, const std::string& code, const std::string& message) {
  const std::string title = std::to_string(status) + " " + std::string(reason_phrase(status));
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
         "</title></head>\n<body>\n<h1>" + title + "</h1>\n<p>" + html_text(message) + "</p>\n<p>" + std::string(advice(status, code)) +
         "</p>\n<hr><p>Ferry proxy, <code>" + code + "</code></p>\n</body></html>\n";
}

}  // namespace

std::string http_refusal(const base::Error& error, bool is_head) {
  const auto status = http_status_of(error);
  const auto code = field_code(error.code);
  const auto body = page(status, code, base::printable(error.message, kMaxShown));
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n";
  if (status == 407) head += "Proxy-Authenticate: Basic realm=\"Ferry\"\r\n";
  if (status == 405) head += "Allow: GET, HEAD\r\n";
  head += "Content-Type: text/html; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\nCache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\nFerry-Error: " + code +
          "\r\nVia: 1.1 ferry\r\nConnection: close\r\n\r\n";
  return is_head ? head : head + body;
}

}  // namespace ferry::client

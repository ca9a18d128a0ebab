#include "client/proxy/own_pages.hpp"

#include <string_view>
#include <utility>

#include "client/proxy/local_destinations.hpp"
#include "client/status/pac_file.hpp"
#include "client/status/status_view.hpp"

namespace ferry::client {

namespace {

std::string path_of(const HttpRequestHead& head) {
  std::string path = head.target.url ? head.target.url->path_and_query : head.target.text;
  return path.substr(0, path.find('?'));
}

std::string response(const HttpRequestHead& head, const char* status, const char* type, const std::string& body, const std::string& more = {}) {
  std::string text = std::string("HTTP/1.1 ") + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n" + more;
  if (!head.keeps_alive()) text += "Connection: close\r\n";
  return text + "\r\n" + (head.method == "HEAD" ? std::string{} : body);
}

OwnPage refuse(const HttpRequestHead& head, const char* status, const std::string& why, const std::string& more = {}) {
  return {response(head, status, "text/plain; charset=utf-8", why + "\n", more), head.keeps_alive() && !head.has_body()};
}

/// By the Host field, or the target where it names one.
bool is_own_name(const HttpRequestHead& head) {
  const auto named = head.target.destination ? base::Result<Destination>(*head.target.destination) : parse_destination(head.find("host").value_or(""), 80);
  if (!named) return !head.find("host").has_value();  // HTTP/1.0 without one
  if (named->host.is_address()) return true;
  const auto name = named->host.to_string();
  return name == kFerryHost || name == "localhost";
}

bool may_read(const HttpRequestHead& head, const std::optional<Credentials>& required) {
  if (!required) return true;
  const auto given = parse_basic(head.find("authorization").value_or(""));
  return given && are_equal(*given, *required);
}

}  // namespace

bool is_for_own_pages(const HttpRequestHead& head) {
  if (head.target.form == TargetForm::origin || head.target.form == TargetForm::asterisk) return true;
  return head.target.form == TargetForm::absolute && head.target.destination->host == base::Host{std::string(kFerryHost)};
}

OwnPage own_page(ProxyHouse& house, const HttpRequestHead& head, const Destination& listen) {
  if (!is_own_name(head)) return refuse(head, "421 Misdirected Request", "this is a Ferry proxy; ask it by its address or as http://ferry.local/");
  if (head.method != "GET" && head.method != "HEAD") return refuse(head, "405 Method Not Allowed", "only GET and HEAD here", "Allow: GET, HEAD\r\n");
  const auto path = path_of(head);
  const bool keeps = head.keeps_alive() && !head.has_body();
  if (path == "/proxy.pac") {
    return {response(head, "200 OK", "application/x-ns-proxy-autoconfig", pac_file(listen.host, listen.port, house.settings().exclusions)), keeps};
  }
  if (!may_read(head, house.settings().password)) {
    return refuse(head, "401 Unauthorized", "the proxy's user and password are needed", "WWW-Authenticate: Basic realm=\"Ferry\"\r\n");
  }
  if (path == "/status.json") return {response(head, "200 OK", "application/json", status_json(house.view(listen.to_string())) + "\n"), keeps};
  if (path == "/") {
    const auto policy = std::string("Content-Security-Policy: ") + kStatusPagePolicy + "\r\n";
    return {response(head, "200 OK", "text/html; charset=utf-8", status_page(house.view(listen.to_string())), policy), keeps};
  }
  return refuse(head, "404 Not Found", "there are /, /status.json and /proxy.pac here");
}

}  // namespace ferry::client
